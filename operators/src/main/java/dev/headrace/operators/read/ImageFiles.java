package dev.headrace.operators.read;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.SampleContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/// The files of an opened [ImageFolder]: names only, in one block of bytes a class, so that
/// millions take little room. Immutable, but for what it knows of the system's cache.
public final class ImageFiles implements IndexedSource.Dataset {
    private static final List<String> ENDINGS =
            List.of(".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff");
    private static final int PARTS = 10;

    /// Whether file names are written as they lie here; else only those of ASCII are.
    private static final boolean SYSTEM_HAS_UTF_8 =
            "UTF-8".equals(System.getProperty("sun.jnu.encoding"));

    private final ImmutableList<String> classes;
    private final byte[][] folders; // of each class, as Linux opens files in it; else empty
    private final Names[] names;
    private final long[] starts; // index of each class's first file, and behind the last
    private final ReadAhead ahead = new ReadAhead();
    private volatile boolean anyRead;

    private ImageFiles(
            ImmutableList<String> classes, byte[][] folders, Names[] names, long[] starts) {
        this.classes = classes;
        this.folders = folders;
        this.names = names;
        this.starts = starts;
    }

    /// The file names of one class, one behind the other in UTF-8.
    private record Names(byte[] text, int[] ends) {
        static Names of(List<String> names) {
            var text = new ByteArrayOutputStream();
            var ends = new int[names.size()];
            for (int i = 0; i < ends.length; i++) {
                text.writeBytes(names.get(i).getBytes(StandardCharsets.UTF_8));
                ends[i] = text.size();
            }
            return new Names(text.toByteArray(), ends);
        }

        int start(int place) {
            return place == 0 ? 0 : ends[place - 1];
        }

        String get(int place) {
            int start = start(place);
            return new String(text, start, ends[place] - start, StandardCharsets.UTF_8);
        }
    }

    /// Looks for the files of a folder.
    ///
    /// @throws IOException if there is none
    static ImageFiles list(Path folder, ImageFolder.Part part) throws IOException {
        var classes = classes(folder);
        var folders = new byte[classes.size()][];
        var names = new Names[classes.size()];
        var starts = new long[classes.size() + 1];
        boolean any = false;
        for (int label = 0; label < names.length; label++) {
            var all = sortedNames(folder.resolve(classes.get(label)), ImageFiles::isImage);
            any |= !all.isEmpty();
            names[label] = Names.of(part(part, classes.get(label), all));
            folders[label] = beginning(folder.resolve(classes.get(label)), names[label]);
            starts[label + 1] = starts[label] + all.size();
        }
        if (starts[names.length] == 0) {
            throw new IOException(
                    any
                            ? "no class in "
                                    + folder
                                    + " has two images, so none is held out to test with; give"
                                    + " more"
                            : "no images in the sub-folders of "
                                    + folder
                                    + "; looked for "
                                    + String.join(", ", ENDINGS));
        }
        return new ImageFiles(classes, folders, names, starts);
    }

    /// What the path of every file of a folder begins with; empty where only Java can open them.
    private static byte[] beginning(Path folder, Names names) {
        if (!System.getProperty("os.name").equals("Linux")
                || folder.getFileSystem() != FileSystems.getDefault()) {
            return new byte[0];
        }
        var absolute = folder.toAbsolutePath();
        var bytes = (absolute + "/").getBytes(StandardCharsets.UTF_8);
        boolean written = SYSTEM_HAS_UTF_8 || isAscii(bytes) && isAscii(names.text);
        return written && Path.of(absolute.toString()).equals(absolute) ? bytes : new byte[0];
    }

    private static boolean isAscii(byte[] text) {
        for (byte each : text) {
            if (each < 0) {
                return false;
            }
        }
        return true;
    }

    static ImmutableList<String> classes(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            throw new IOException("no such folder: " + folder);
        }
        if (!Files.isDirectory(folder)) {
            throw new IOException("not a folder: " + folder);
        }
        var classes = sortedNames(folder, Files::isDirectory);
        if (classes.isEmpty()) {
            boolean empty = sortedNames(folder, any -> true).isEmpty();
            throw new IOException(
                    empty
                            ? "the folder is empty: " + folder
                            : "the folder "
                                    + folder
                                    + " has no sub-folders; each class is one, with its images");
        }
        return ImmutableList.copyOf(classes);
    }

    private static List<String> sortedNames(Path folder, Predicate<Path> wanted)
            throws IOException {
        var names = new ArrayList<String>();
        try (var entries = Files.newDirectoryStream(folder)) {
            for (var entry : entries) {
                var name = entry.getFileName().toString();
                if (!name.startsWith(".") && wanted.test(entry)) {
                    checkEncoding(entry, name);
                    names.add(name);
                }
            }
        } catch (AccessDeniedException failure) {
            throw new IOException("the folder may not be read by this user: " + folder, failure);
        } catch (DirectoryIteratorException failure) {
            throw failure.getCause();
        }
        names.sort(null);
        return names;
    }

    /// A name that this JVM cannot write could not be opened again.
    private static void checkEncoding(Path entry, String name) throws IOException {
        boolean same;
        try {
            same = entry.resolveSibling(name).equals(entry);
        } catch (InvalidPathException unmappable) {
            same = false;
        }
        if (!same) {
            throw new IOException(
                    "this JVM cannot write the file name "
                            + entry
                            + " in "
                            + System.getProperty("sun.jnu.encoding")
                            + "; start it with LC_ALL=C.UTF-8");
        }
    }

    private static boolean isImage(Path file) {
        var name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return ENDINGS.stream().anyMatch(name::endsWith) && Files.isRegularFile(file);
    }

    /// The images of one class that are in a part. Parts do not change between versions: people
    /// compare results measured on them.
    private static List<String> part(ImageFolder.Part part, String label, List<String> names) {
        return switch (part) {
            case ALL -> names;
            case TRAIN -> {
                names.removeAll(heldOut(label, names));
                yield names;
            }
            case HELD_OUT -> {
                names.retainAll(heldOut(label, names));
                yield names;
            }
        };
    }

    private static Set<String> heldOut(String label, List<String> names) {
        if (names.size() < 2) {
            return Set.of();
        }
        var heldOut = new HashSet<>(names);
        heldOut.removeIf(name -> Long.remainderUnsigned(hash(label, name), PARTS) != 0);
        Comparator<String> byHash = (a, b) -> Long.compareUnsigned(hash(label, a), hash(label, b));
        if (heldOut.isEmpty()) {
            heldOut.add(Collections.min(names, byHash));
        } else if (heldOut.size() == names.size()) {
            heldOut.remove(Collections.max(names, byHash));
        }
        return heldOut;
    }

    private static long hash(String label, String name) {
        return Hashing.murmur3_128()
                .hashString(label + "/" + name, StandardCharsets.UTF_8)
                .asLong();
    }

    @Override
    public long size() {
        return starts[names.length];
    }

    /// Opens a file as [LinuxFile] does.
    ///
    /// @return its descriptor, or -1 where that cannot be done
    int open(long index, SampleContext context) {
        if (!isOfLinux(index)) {
            return -1;
        }
        anyRead = true;
        return open(index, context.keep(LinuxFile.class, LinuxFile::new));
    }

    private boolean isOfLinux(long index) {
        return folders[label(index)].length > 0;
    }

    private int open(long index, LinuxFile files) {
        int label = label(index);
        int place = (int) (index - starts[label]);
        var its = names[label];
        return files.open(folders[label], its.text, its.start(place), its.ends[place]);
    }

    /// Where only labels are read, there are no files to read ahead; nor is that known before one
    /// was read.
    @Override
    public boolean readsAhead() {
        return anyRead && ahead.isDue();
    }

    /// Has a file read into the system's cache, if it is not there yet.
    @Override
    public void readAhead(long index) {
        if (isOfLinux(index)) {
            ahead.look(files -> open(index, files));
        }
    }

    /// The class of a file, from 0.
    public int label(long index) {
        int found = Arrays.binarySearch(starts, index);
        int label = found >= 0 ? found : -found - 2;
        while (starts[label + 1] == index) {
            label++; // classes without files begin where the next one does
        }
        return label;
    }

    /// The class and the file's name, as in `cats/0017.jpg`.
    @Override
    public String name(long index) {
        int label = label(index);
        return classes.get(label) + "/" + names[label].get((int) (index - starts[label]));
    }
}
