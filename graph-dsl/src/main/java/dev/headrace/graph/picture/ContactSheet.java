package dev.headrace.graph.picture;

import static com.google.common.base.Preconditions.checkArgument;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.image.BufferedImage;
import java.util.List;

/// Images side by side in one picture, each with its name beneath.
public final class ContactSheet {
    /// The most images on a sheet: {@value}. Those after them are left out.
    public static final int MOST = 64;

    private static final int GAP = 12;
    private static final int LEAST_TILE = 128;
    private static final int MOST_TILE = 256;
    private static final Color PAPER = Color.WHITE;
    private static final Color INK = Color.BLACK;

    private ContactSheet() {}

    /// Draws images of any sizes, in about as many columns as rows. Those of more than 256 pixels a
    /// side are shrunk; small ones are enlarged by a whole factor, so that each pixel stays a
    /// square, to about the size of the largest. What is transparent is white.
    ///
    /// @param images at least one; of more than {@value #MOST}, the first are drawn
    /// @param names one an image; cut with three dots where it does not fit
    public static BufferedImage draw(List<BufferedImage> images, List<String> names) {
        return draw(images, names, LEAST_TILE);
    }

    /// The same with smaller tiles, where the sheet is enlarged by who shows it.
    ///
    /// @param leastTile pixels a side that a tile has at least
    static BufferedImage draw(List<BufferedImage> images, List<String> names, int leastTile) {
        checkArgument(!images.isEmpty(), "no images for a contact sheet");
        checkArgument(
                images.size() == names.size(), "%s images, %s names", images.size(), names.size());
        var tiles = images.stream().limit(MOST).map(ContactSheet::fit).toList();
        int side = tiles.stream().mapToInt(ContactSheet::longest).reduce(leastTile, Math::max);
        int tileWidth = leastTile;
        int tileHeight = 1;
        for (var tile : tiles) {
            int scale = Math.max(1, side / longest(tile));
            tileWidth = Math.max(tileWidth, scale * tile.getWidth());
            tileHeight = Math.max(tileHeight, scale * tile.getHeight());
        }
        int columns = (int) Math.ceil(Math.sqrt(tiles.size()));
        int rows = (tiles.size() + columns - 1) / columns;
        int across = tileWidth + GAP;
        int down = tileHeight + PixelFont.HEIGHT + 2 * GAP;

        var sheet =
                new BufferedImage(
                        columns * across + GAP, rows * down + GAP, BufferedImage.TYPE_INT_RGB);
        var pen = sheet.createGraphics();
        pen.setColor(PAPER);
        pen.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
        pen.setColor(INK);
        for (int i = 0; i < tiles.size(); i++) {
            int left = GAP + i % columns * across;
            int top = GAP + i / columns * down;
            draw(pen, tiles.get(i), side, left, top);
            write(pen, names.get(i), left, top + tileHeight + GAP / 2, across - GAP / 2);
        }
        pen.dispose();
        return sheet;
    }

    /// An image as it is, or smaller where it is too large for a tile.
    public static BufferedImage fit(BufferedImage image) {
        int longest = longest(image);
        if (longest <= MOST_TILE) {
            return image;
        }
        double scale = (double) MOST_TILE / longest;
        int width = Math.max(1, (int) Math.rint(scale * image.getWidth()));
        int height = Math.max(1, (int) Math.rint(scale * image.getHeight()));
        var small = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        var pen = small.createGraphics();
        pen.drawImage(
                image.getScaledInstance(width, height, Image.SCALE_AREA_AVERAGING), 0, 0, null);
        pen.dispose();
        return small;
    }

    private static int longest(BufferedImage image) {
        return Math.max(image.getWidth(), image.getHeight());
    }

    private static void draw(Graphics2D pen, BufferedImage tile, int side, int left, int top) {
        int scale = Math.max(1, side / longest(tile));
        pen.drawImage(tile, left, top, scale * tile.getWidth(), scale * tile.getHeight(), null);
    }

    private static void write(Graphics2D pen, String name, int left, int top, int width) {
        PixelFont.write(pen, PixelFont.fit(name, width), left, top);
    }
}
