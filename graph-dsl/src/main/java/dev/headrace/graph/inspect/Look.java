package dev.headrace.graph.inspect;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.graph.picture.ContactSheet;
import dev.headrace.graph.picture.TensorPicture;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What was seen of a value in a batch; nothing of the batch is kept.
///
/// @param name the value's
/// @param spec type, layout and shape, as in `UINT8 HWC 480–512×640×3`, of all samples
/// @param elements what they are like, but of bytes
/// @param bytes the first bytes, where this is not a tensor of numbers but some file's content
/// @param notes what is worth knowing besides
/// @param images of the first samples, if they can be shown
record Look(
        String name,
        String spec,
        Optional<Elements> elements,
        Optional<String> bytes,
        ImmutableList<String> notes,
        ImmutableList<Image> images) {
    /// From so many on, `UINT8` elements in a row are taken for the bytes of a file.
    private static final int LEAST_BYTES = 32;

    private static final int SHOWN_BYTES = 10;

    /// Noted where samples of one shape do not lie in one block.
    static final String APART = "apart";

    /// How a sample looks.
    ///
    /// @param name which sample it is
    record Image(BufferedImage picture, String name) {}

    /// Looks at all samples.
    ///
    /// @param batchSize how many samples the batch has, which need not be those of the value
    /// @param mostImages of how many samples to draw images
    static Look of(String name, TensorList list, int batchSize, int mostImages) {
        var tensors = IntStream.range(0, list.size()).mapToObj(list::get).toList();
        var notes = new ArrayList<String>();
        if (list.size() != batchSize) {
            notes.add(count(list.size(), "sample"));
        }
        if (!list.isDense() && list.size() > 0) {
            notes.add(list.uniformSpec().isPresent() ? APART : "ragged");
        }
        var images = ImmutableList.<Image>builder();
        for (int i = 0; i < Math.min(mostImages, tensors.size()); i++) {
            var sample = "sample " + list.id(i).position();
            TensorPicture.of(tensors.get(i))
                    .map(drawn -> new Image(ContactSheet.fit(drawn.image()), sample))
                    .ifPresent(images::add);
        }
        var specs = tensors.stream().map(Tensor::spec).toList();
        return of(name, tensors, isBytes(specs), notes, images.build());
    }

    /// Looks at one sample's tensor of a value that was looked at.
    static Look of(Look whole, Tensor tensor) {
        boolean bytes = whole.bytes().isPresent();
        return of(whole.name(), List.of(tensor), bytes, new ArrayList<>(), ImmutableList.of());
    }

    private static Look of(
            String name,
            List<Tensor> all,
            boolean bytes,
            List<String> notes,
            ImmutableList<Image> images) {
        var tensors = all.stream().filter(tensor -> tensor.shape().volume() > 0).toList();
        int empty = all.size() - tensors.size();
        if (empty > 0 && !tensors.isEmpty()) {
            notes.add(empty + " without elements");
        }
        var specs = (tensors.isEmpty() ? all : tensors).stream().map(Tensor::spec).toList();
        boolean oneType = specs.stream().map(TensorSpec::type).distinct().count() == 1;
        Optional<Elements> elements =
                oneType && !bytes ? Optional.of(Elements.of(tensors)) : Optional.empty();
        elements.ifPresent(each -> note(each, notes));
        return new Look(
                name,
                text(specs),
                elements,
                bytes && !tensors.isEmpty()
                        ? Optional.of(dump(tensors.getFirst()))
                        : Optional.empty(),
                ImmutableList.copyOf(notes),
                images);
    }

    private static void note(Elements elements, List<String> notes) {
        note(elements.nans(), elements.lookedAt(), "NaN", notes);
        note(elements.infinite(), elements.lookedAt(), "infinite", notes);
        if (elements.lookedAt() < elements.count()) {
            notes.add(
                    String.format(
                            Locale.ROOT,
                            "%,d of %,d elements looked at",
                            elements.lookedAt(),
                            elements.count()));
        }
    }

    private static void note(long part, long whole, String what, List<String> notes) {
        if (part > 0) {
            notes.add(
                    String.format(
                            Locale.ROOT, "%,d %s (%s)", part, what, Numerals.percent(part, whole)));
        }
    }

    /// Whether these are bytes rather than numbers: in a row, unsigned, and many or of different
    /// number.
    private static boolean isBytes(List<TensorSpec> specs) {
        return !specs.isEmpty()
                && specs.stream()
                        .allMatch(spec -> spec.type() == ElementType.UINT8 && spec.rank() == 1)
                && (specs.stream().distinct().count() > 1
                        || specs.getFirst().shape().volume() >= LEAST_BYTES);
    }

    /// The first bytes in hexadecimal, and those of them that are ASCII as such.
    private static String dump(Tensor tensor) {
        int shown = (int) Math.min(SHOWN_BYTES, tensor.shape().volume());
        var bytes = new byte[shown];
        var ascii = new StringBuilder();
        for (int i = 0; i < shown; i++) {
            bytes[i] = (byte) tensor.uint8(i);
            ascii.append(bytes[i] >= ' ' && bytes[i] < 0x7F ? (char) bytes[i] : '.');
        }
        return "begins %s  |%s|".formatted(HexFormat.ofDelimiter(" ").formatHex(bytes), ascii);
    }

    /// The specs of all samples in one, or in as many as there are types, layouts and ranks.
    static String text(List<TensorSpec> specs) {
        if (specs.isEmpty()) {
            return "no samples";
        }
        record Kind(ElementType type, String layout, int rank) {}
        return specs.stream()
                .collect(
                        Collectors.groupingBy(
                                spec -> new Kind(spec.type(), spec.layout(), spec.rank()),
                                LinkedHashMap::new,
                                Collectors.toList()))
                .values()
                .stream()
                .map(Look::ofOneKind)
                .collect(joining(" or "));
    }

    private static String ofOneKind(List<TensorSpec> specs) {
        var first = specs.getFirst();
        if (specs.stream().allMatch(first::equals)) {
            return first.toString();
        }
        var extents =
                IntStream.range(0, first.rank())
                        .mapToObj(
                                axis -> {
                                    var all =
                                            specs.stream()
                                                    .mapToLong(spec -> spec.shape().extent(axis))
                                                    .summaryStatistics();
                                    return all.getMin() == all.getMax()
                                            ? Long.toString(all.getMin())
                                            : all.getMin() + "–" + all.getMax();
                                })
                        .collect(joining("×"));
        return first.type()
                + (first.layout().isEmpty() ? " " : " " + first.layout() + " ")
                + extents;
    }

    /// A number with its noun, in the plural where it is not 1.
    static String count(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
