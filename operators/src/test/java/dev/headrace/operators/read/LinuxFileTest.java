package dev.headrace.operators.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class LinuxFileTest {
    @TempDir Path folder;

    private final LinuxFile files = new LinuxFile();

    private int open(String name) {
        var text = ("before" + name + "behind").getBytes(StandardCharsets.UTF_8);
        var beginning = (folder + "/").getBytes(StandardCharsets.UTF_8);
        return files.open(beginning, text, 6, text.length - 6);
    }

    @Test
    void readsWhatIsThereAndNoMore() throws IOException {
        Files.write(folder.resolve("longer name"), new byte[] {9});
        Files.write(folder.resolve("name"), new byte[] {1, 2, 3});
        LinuxFile.close(open("longer name")); // of which nothing is left in the next path
        int descriptor = open("name");
        assertTrue(descriptor >= 0);
        assertEquals(3, LinuxFile.bytes(descriptor));
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocate(5).fill((byte) 7);
            assertEquals(2, LinuxFile.read(descriptor, memory.address(), 2));
            assertEquals(3, LinuxFile.read(descriptor, memory.address() + 1, 4));
            assertArrayEquals(new byte[] {1, 1, 2, 3, 7}, memory.toArray(ValueLayout.JAVA_BYTE));
        }
        LinuxFile.close(descriptor);
        assertEquals(-1, LinuxFile.bytes(descriptor));
    }

    @Test
    void givesNoDescriptorForWhatCannotBeOpened() {
        assertEquals(-1, open("missing"));
        assertEquals(-1, open("a".repeat(5000)));
    }

    @Test
    void readsNothingOfAFolder() {
        int descriptor = open("");
        try (var arena = Arena.ofConfined()) {
            assertEquals(0, LinuxFile.read(descriptor, arena.allocate(8).address(), 8));
        }
        LinuxFile.close(descriptor);
    }

    @Test
    void otherProgramsDoNotInheritIt() throws IOException {
        assertEquals(02000000, flags() & 02000000);
    }

    @Test
    void whereItHasBecomeAPipeNobodyWaits() throws IOException {
        assertEquals(04000, flags() & 04000);
    }

    private int flags() throws IOException {
        Files.write(folder.resolve("name"), new byte[] {1});
        int descriptor = open("name");
        var flags =
                Files.readAllLines(Path.of("/proc/self/fdinfo/" + descriptor)).stream()
                        .filter(line -> line.startsWith("flags:"))
                        .findFirst()
                        .orElseThrow();
        LinuxFile.close(descriptor);
        return Integer.parseInt(flags.substring(6).strip(), 8);
    }
}
