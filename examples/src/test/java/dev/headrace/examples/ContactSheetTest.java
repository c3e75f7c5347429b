package dev.headrace.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ContactSheetTest {
    private static final int GAP = 12;
    private static final int ACROSS = 128 + GAP;
    private static final int DOWN = 128 + 10 + 2 * GAP;

    @Test
    void drawsImagesRowByRowEnlargedByAWholeFactor() {
        var images = List.of(plain(Color.RED), plain(Color.GREEN), plain(Color.BLUE));
        var sheet = ContactSheet.draw(images, List.of("a", "b", "c"));

        assertEquals(2 * ACROSS + GAP, sheet.getWidth());
        assertEquals(2 * DOWN + GAP, sheet.getHeight());
        assertEquals(Color.WHITE.getRGB(), sheet.getRGB(GAP - 1, GAP));
        assertEquals(Color.RED.getRGB(), sheet.getRGB(GAP, GAP));
        assertEquals(Color.RED.getRGB(), sheet.getRGB(GAP + 127, GAP + 127));
        assertEquals(Color.WHITE.getRGB(), sheet.getRGB(GAP + 128, GAP + 127));
        assertEquals(Color.GREEN.getRGB(), sheet.getRGB(GAP + ACROSS, GAP));
        assertEquals(Color.BLUE.getRGB(), sheet.getRGB(GAP, GAP + DOWN));
    }

    @Test
    void writesTheNameUnderItsImage() {
        var sheet = ContactSheet.draw(List.of(plain(Color.RED)), List.of("é_7?"));
        // dots of 2×2 pixels: E, underscore, 7, and a block for what is not in the font
        assertEquals(
                """
                ###.....###.###
                #.........#.###
                ##.......#..###
                #........#..###
                ###.###..#..###
                """,
                dots(sheet, GAP, GAP + 128 + GAP / 2, 15));
    }

    @Test
    void cutsANameThatDoesNotFitWithThreeDots() {
        var image = plain(Color.RED);
        var sheet = ContactSheet.draw(List.of(image, image), List.of("h".repeat(17), ""));
        int fourteenth = GAP + 13 * 8;
        assertEquals("#.#.#.#.#.#.#.#......", lowestRow(sheet, fourteenth));

        sheet = ContactSheet.draw(List.of(image, image), List.of("h".repeat(18), ""));
        assertEquals(".#...#...#...........", lowestRow(sheet, fourteenth + 8));
    }

    private static String lowestRow(BufferedImage sheet, int left) {
        return dots(sheet, left, GAP + 128 + GAP / 2, 21).lines().toList().getLast();
    }

    private static BufferedImage plain(Color colour) {
        var image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        var pen = image.createGraphics();
        pen.setColor(colour);
        pen.fillRect(0, 0, 64, 64);
        pen.dispose();
        return image;
    }

    private static String dots(BufferedImage sheet, int left, int top, int columns) {
        return IntStream.range(0, 5)
                .mapToObj(
                        row ->
                                IntStream.range(0, columns)
                                                .mapToObj(
                                                        column ->
                                                                isInk(
                                                                                sheet,
                                                                                left + 2 * column,
                                                                                top + 2 * row)
                                                                        ? "#"
                                                                        : ".")
                                                .collect(Collectors.joining())
                                        + "\n")
                .collect(Collectors.joining());
    }

    private static boolean isInk(BufferedImage sheet, int x, int y) {
        return sheet.getRGB(x, y) == Color.BLACK.getRGB();
    }
}
