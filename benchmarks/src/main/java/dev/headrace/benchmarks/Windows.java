package dev.headrace.benchmarks;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The windows that are cut from photographs and whether they are flipped, the same for both sides.
///
/// @param rows one a sample: first row, first column, rows, columns, and 1 to flip left for right
record Windows(ImmutableList<int[]> rows) {
    private static final double LEAST_AREA = 0.08;
    private static final double WIDEST = 4 / 3.0;
    private static final int TRIES = 10;

    /// How large a photograph is.
    record Extents(int height, int width) {}

    /// Random windows of 0.08 to 1 of the area and an aspect of 3:4 to 4:3, after C. Szegedy et
    /// al., "Going Deeper with Convolutions", CVPR 2015, section 6.
    ///
    /// @param photographs that they are cut from by turns
    static Windows random(int count, List<Extents> photographs, long seed) {
        var chance = new Random(seed);
        return new Windows(
                IntStream.range(0, count)
                        .mapToObj(i -> random(photographs.get(i % photographs.size()), chance))
                        .collect(ImmutableList.toImmutableList()));
    }

    private static int[] random(Extents photograph, Random chance) {
        int height = photograph.height();
        int width = photograph.width();
        int rows = Math.min(height, width);
        int columns = rows;
        for (int attempt = 0; attempt < TRIES; attempt++) {
            double area = chance.nextDouble(LEAST_AREA, 1) * height * width;
            double aspect = Math.pow(WIDEST, chance.nextDouble(-1, 1));
            int wide = (int) Math.round(Math.sqrt(area * aspect));
            int high = (int) Math.round(Math.sqrt(area / aspect));
            if (wide <= width && high <= height) {
                columns = wide;
                rows = high;
                break;
            }
        }
        int y = chance.nextInt(height - rows + 1);
        int x = chance.nextInt(width - columns + 1);
        return new int[] {y, x, rows, columns, chance.nextInt(2)};
    }

    /// Reads what [#write] wrote.
    static Windows read(Path file) throws IOException {
        try (var lines = Files.lines(file)) {
            return new Windows(
                    lines.map(line -> Stream.of(line.split(" ")))
                            .map(row -> row.mapToInt(Integer::parseInt).toArray())
                            .collect(ImmutableList.toImmutableList()));
        }
    }

    /// Writes a line a sample.
    void write(Path file) throws IOException {
        Files.write(file, rows.stream().map(row -> Joiner.on(' ').join(Ints.asList(row))).toList());
    }
}
