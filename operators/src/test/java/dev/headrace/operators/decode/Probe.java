package dev.headrace.operators.decode;

import dev.headrace.engine.data.*;
import dev.headrace.operators.OneSample;
import java.lang.foreign.*;

class Probe {
    static void main() throws Exception {
        System.out.println(DecodeImage.jpegDecoder());
        try (var one = new OneSample()) {
            for (var file : ImageFiles.all()) {
                var line = new StringBuilder(file.name());
                try {
                    var rgb = one.run(DecodeImage.rgb(), file.bytes());
                    line.append(" ")
                            .append(rgb.spec())
                            .append(" tj/rgb ")
                            .append(ImageFiles.difference(file.rgb(), rgb.bytes()));
                    line.append(" peek ")
                            .append(one.run(PeekImage.extents(), file.bytes()))
                            .append(" want ")
                            .append(file);
                    if (file.isJpeg()) {
                        line.append(" tj/grey ")
                                .append(
                                        ImageFiles.difference(
                                                file.grey(),
                                                one.run(DecodeImage.grey(), file.bytes()).bytes()));
                        var seg = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_BYTE, file.bytes());
                        var h = JpegHeader.read(seg);
                        for (var c :
                                new DecodeImage.Colour[] {
                                    DecodeImage.Colour.RGB, DecodeImage.Colour.GREY
                                }) {
                            var out = Arena.ofAuto().allocate(h.pixels() * c.channels());
                            var up = Arena.ofAuto().allocate(h.pixels() * c.channels());
                            ImageIoDecoder.decode(seg, h, c, out);
                            h.orientation().copy(out, up, h.height(), h.width(), c.channels());
                            line.append(
                                    " io/"
                                            + c
                                            + " "
                                            + ImageFiles.difference(
                                                    c == DecodeImage.Colour.RGB
                                                            ? file.rgb()
                                                            : file.grey(),
                                                    up.toArray(ValueLayout.JAVA_BYTE)));
                        }
                    }
                } catch (Exception e) {
                    line.append(" " + e);
                    e.printStackTrace();
                }
                System.out.println(line);
            }
        }
    }
}
