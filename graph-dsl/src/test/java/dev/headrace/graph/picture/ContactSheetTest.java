package dev.headrace.graph.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.Collections;
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

    @Test
    void imagesOfDifferentSizesStandInTilesOfOneSize() {
        var wide = plain(Color.RED, 1024, 256);
        var small = plain(Color.GREEN, 10, 30);
        var sheet = ContactSheet.draw(List.of(wide, small), List.of("wide", "small"));
        assertEquals(2 * (256 + GAP) + GAP, sheet.getWidth());
        // the wide one is shrunk to 256×64, the small one enlarged eight times, to 80×240
        assertEquals(240 + PixelFont.HEIGHT + 3 * GAP, sheet.getHeight());
        assertEquals(Color.RED.getRGB(), sheet.getRGB(GAP + 255, GAP + 63));
        assertEquals(Color.WHITE.getRGB(), sheet.getRGB(GAP + 255, GAP + 64));
        int second = GAP + 256 + GAP;
        assertEquals(Color.GREEN.getRGB(), sheet.getRGB(second + 79, GAP + 239));
        assertEquals(Color.WHITE.getRGB(), sheet.getRGB(second + 80, GAP + 239));
        assertEquals(Color.WHITE.getRGB(), sheet.getRGB(second + 79, GAP + 240));
    }

    @Test
    void whatIsTransparentIsPaper() {
        var sheet =
                ContactSheet.draw(
                        List.of(new BufferedImage(300, 300, BufferedImage.TYPE_INT_ARGB)),
                        List.of(""));
        assertEquals(Color.WHITE.getRGB(), sheet.getRGB(GAP + 10, GAP + 10));
    }

    @Test
    void moreThanASheetHoldsIsLeftOut() {
        var images = Collections.nCopies(ContactSheet.MOST + 1, plain(Color.RED));
        var sheet = ContactSheet.draw(images, Collections.nCopies(images.size(), ""));
        assertEquals(8 * ACROSS + GAP, sheet.getWidth());
        assertEquals(8 * DOWN + GAP, sheet.getHeight());
    }

    private static String lowestRow(BufferedImage sheet, int left) {
        return dots(sheet, left, GAP + 128 + GAP / 2, 21).lines().toList().getLast();
    }

    private static BufferedImage plain(Color colour) {
        return plain(colour, 64, 64);
    }

    private static BufferedImage plain(Color colour, int width, int height) {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        var pen = image.createGraphics();
        pen.setColor(colour);
        pen.fillRect(0, 0, width, height);
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
