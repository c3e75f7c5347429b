package dev.headrace.operators.read;

import static com.google.common.base.Preconditions.checkArgument;
import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.engine.data.SpecPattern.ANY;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/// A folder with one sub-folder a class, each with image files.
///
/// | | type | shape | unit |
/// |---|---|---|---|
/// | `encoded` | `uint8` | bytes of the file | |
/// | `label` | `int64` | scalar | the class: the place of its sub-folder by name, from 0 |
///
/// Every sub-folder is a class, also one without images. Files are taken that end in `.jpg`,
/// `.jpeg`, `.png`, `.bmp`, `.gif`, `.tif` or `.tiff`, in upper case too, sorted by name: by
/// UTF-16 code units, so that the order is the same on every machine. Names that begin with a
/// dot, and folders below a class, are left out. Links are followed.
///
/// A file that cannot be read, is empty or larger than the limit is a bad sample. A file is read
/// once, straight into its tensor; where only labels are wanted, none is.
///
/// @param folder the folder
/// @param shuffle whether each epoch has an order of its own
/// @param part which of the files
/// @param limitBytes the largest file that is read, at most 2^31 - 1
public record ImageFolder(Path folder, boolean shuffle, Part part, long limitBytes)
        implements IndexedSource<ImageFiles> {
    /// The largest file that is read unless another limit is given: {@value} bytes.
    public static final long DEFAULT_LIMIT_BYTES = 256L << 20;

    /// Which of the files: about a tenth can be held out of training, to measure with. A file's
    /// part goes by a hash of its class and name, so it stays where it is when others come or go.
    /// Only where that would leave a class of two files or more without one in either part does the
    /// file of the lowest hash go to those held out, or that of the highest to the others. The file
    /// of a class that has a single one is not held out.
    public enum Part {
        /// All of them.
        ALL,
        /// Those not held out.
        TRAIN,
        /// About a tenth of each class, and at least one of two.
        HELD_OUT
    }

    private static final TensorSpec LABEL = TensorSpec.scalar(INT64);

    public ImageFolder {
        requireNonNull(folder, "folder");
        requireNonNull(part, "part");
        checkArgument(
                limitBytes >= 1 && limitBytes <= Integer.MAX_VALUE,
                "a limit of %s bytes",
                limitBytes);
    }

    /// All files of a folder, in order.
    public static ImageFolder at(Path folder) {
        return new ImageFolder(folder, false, Part.ALL, DEFAULT_LIMIT_BYTES);
    }

    /// The names of the classes: a label is the place in this list.
    ///
    /// @throws IOException if there is no such folder, or it has no sub-folders
    public static ImmutableList<String> classes(Path folder) throws IOException {
        return ImageFiles.classes(folder);
    }

    /// The same, in an order of its own each epoch.
    public ImageFolder shuffled() {
        return new ImageFolder(folder, true, part, limitBytes);
    }

    /// The same without the files held out.
    public ImageFolder trainPart() {
        return new ImageFolder(folder, shuffle, Part.TRAIN, limitBytes);
    }

    /// Only the files held out.
    public ImageFolder heldOutPart() {
        return new ImageFolder(folder, shuffle, Part.HELD_OUT, limitBytes);
    }

    /// The same with another limit of a file's size.
    public ImageFolder limitBytes(long limit) {
        return new ImageFolder(folder, shuffle, part, limit);
    }

    @Override
    public List<String> outputs() {
        return List.of("encoded", "label");
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        return List.of(SpecPattern.of(UINT8, "", ANY), SpecPattern.exactly(LABEL));
    }

    /// @throws IOException if there is nothing to read; the message says what is missing
    @Override
    public ImageFiles open() throws IOException {
        return ImageFiles.list(folder, part);
    }

    /// @throws BadSample if the file cannot be read, is empty or too large
    @Override
    public void read(ImageFiles files, long index, Outputs out, SampleContext context)
            throws IOException {
        if (out.wanted(0) && !readAtOnce(files, index, out, context)) {
            var name = files.name(index);
            read(name, channel -> fill(out.make(0, spec(channel, name)).buffer(), channel, name));
        }
        if (out.wanted(1)) {
            out.make(1, LABEL).int64(0, files.label(index));
        }
    }

    /// Reads a file where the system can do it quickly and nothing is wrong with the file, else
    /// returns false.
    private boolean readAtOnce(ImageFiles files, long index, Outputs out, SampleContext context)
            throws IOException {
        int descriptor = files.open(index, context);
        if (descriptor < 0) {
            return false;
        }
        Tensor tensor;
        long read;
        try {
            long bytes = LinuxFile.bytes(descriptor);
            if (bytes < 1 || bytes > limitBytes) {
                return false;
            }
            tensor = out.make(0, TensorSpec.of(UINT8, "", bytes));
            read = LinuxFile.read(descriptor, tensor.address(), bytes);
        } finally {
            LinuxFile.close(descriptor);
        }
        if (read < tensor.spec().bytes()) {
            var name = files.name(index);
            var buffer = tensor.buffer().position((int) read);
            read(name, channel -> fill(buffer, channel, name));
        }
        return true;
    }

    private interface Reading {
        void read(FileChannel channel) throws IOException;
    }

    private void read(String name, Reading reading) throws IOException {
        try (var channel = FileChannel.open(folder.resolve(name))) {
            reading.read(channel);
        } catch (ClosedByInterruptException stopped) {
            throw stopped;
        } catch (NoSuchFileException failure) {
            throw new BadSample(name + " is no longer there", failure);
        } catch (AccessDeniedException failure) {
            throw new BadSample(name + " may not be read by this user", failure);
        } catch (IOException failure) {
            throw new BadSample(name + " cannot be read: " + reason(failure), failure);
        }
    }

    private static String reason(IOException failure) {
        return failure instanceof FileSystemException file && file.getReason() != null
                ? file.getReason()
                : failure.getMessage();
    }

    private TensorSpec spec(FileChannel channel, String name) throws IOException {
        long bytes = channel.size();
        if (bytes == 0) {
            throw new BadSample(name + " is empty");
        }
        if (bytes > limitBytes) {
            throw new BadSample(
                    "files may have %d bytes, %s has %d; raise it by limitBytes(%d)"
                            .formatted(limitBytes, name, bytes, bytes));
        }
        return TensorSpec.of(UINT8, "", bytes);
    }

    /// Reads the rest of a file.
    private static void fill(ByteBuffer buffer, FileChannel channel, String name)
            throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, buffer.position()) < 0) {
                throw new BadSample(
                        "%s was cut from %d to %d bytes while it was read"
                                .formatted(name, buffer.capacity(), buffer.position()));
            }
        }
    }
}
