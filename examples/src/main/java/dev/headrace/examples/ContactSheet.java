package dev.headrace.examples;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;

/// Images side by side in one picture, each with its name beneath.
final class ContactSheet {
    private static final int GAP = 12;
    private static final int LEAST_TILE = 128;
    private static final Color PAPER = Color.WHITE;
    private static final Color INK = Color.BLACK;

    private ContactSheet() {}

    /// Draws images of one size, in about as many columns as rows. Small ones are enlarged by a
    /// whole factor, so that each pixel stays a square.
    ///
    /// @param images at least one
    /// @param names one an image; cut with three dots where it does not fit
    static BufferedImage draw(List<BufferedImage> images, List<String> names) {
        int width = images.getFirst().getWidth();
        int height = images.getFirst().getHeight();
        int scale = Math.max(1, LEAST_TILE / width);
        int columns = (int) Math.ceil(Math.sqrt(images.size()));
        int rows = (images.size() + columns - 1) / columns;
        int across = scale * width + GAP;
        int down = scale * height + PixelFont.HEIGHT + 2 * GAP;

        var sheet =
                new BufferedImage(
                        columns * across + GAP, rows * down + GAP, BufferedImage.TYPE_INT_RGB);
        var pen = sheet.createGraphics();
        pen.setColor(PAPER);
        pen.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
        pen.setColor(INK);
        for (int i = 0; i < images.size(); i++) {
            int left = GAP + i % columns * across;
            int top = GAP + i / columns * down;
            pen.drawImage(images.get(i), left, top, scale * width, scale * height, null);
            write(pen, names.get(i), left, top + scale * height + GAP / 2, across - GAP / 2);
        }
        pen.dispose();
        return sheet;
    }

    private static void write(Graphics2D pen, String name, int left, int top, int width) {
        PixelFont.write(pen, PixelFont.fit(name, width), left, top);
    }
}
