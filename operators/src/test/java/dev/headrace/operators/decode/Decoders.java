package dev.headrace.operators.decode;

import java.util.ArrayList;
import java.util.List;

/// What can decode JPEG on this machine, as values of the setting `headrace.turbojpeg`.
final class Decoders {
    /// As Debian and others name the system's own, which is often of version 2.
    private static final String SYSTEM = "libturbojpeg.so.0";

    private Decoders() {}

    /// The one that is used here, which no setting stands for, the system's where it is another,
    /// and ImageIO.
    static List<String> all() {
        var all = new ArrayList<>(List.of(""));
        var system = TurboJpeg.find(SYSTEM);
        if (system.library().isPresent()
                && !system.description().equals(DecodeImage.jpegDecoder())) {
            all.add(SYSTEM);
        }
        all.add("none");
        return all;
    }

    /// Flags of a JVM that uses one.
    static String[] flags(String decoder) {
        return decoder.isEmpty() ? new String[0] : new String[] {"-Dheadrace.turbojpeg=" + decoder};
    }
}
