package dev.headrace.operators.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PythonSourcesTest {
    private static final String FILE = "python/headrace/py.typed";

    @TempDir Path folder;

    @Test
    void ofAFolderAreTheFolder() throws Exception {
        var file = folder.resolve("my classes é#/" + FILE);
        assertEquals(folder + "/my classes é#/python", PythonSources.folder(file.toUri().toURL()));
    }

    @Test
    void ofAJarAreAFolderInside() throws Exception {
        var jar = jar(folder.resolve("my jar é#.jar"));
        var url = URI.create("jar:" + jar.toUri() + "!/" + FILE).toURL();
        assertEquals(jar + "/python", PythonSources.folder(url));
    }

    @Test
    void ofAJarThatIsNoFileAreCopied() throws Exception {
        var bytes = Files.readAllBytes(jar(folder.resolve("some.jar")));
        var server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/some.jar",
                exchange -> {
                    exchange.sendResponseHeaders(200, bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
        server.start();
        try {
            var address = "http://localhost:" + server.getAddress().getPort() + "/some.jar";
            var found = PythonSources.folder(URI.create("jar:" + address + "!/" + FILE).toURL());
            assertTrue(found.endsWith(".jar/python"), found);
            var copy = Path.of(found).getParent();
            assertEquals(-1, Files.mismatch(folder.resolve("some.jar"), copy));
            Files.delete(copy);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void areThereAsPythonReadsThem() throws Exception {
        var sources = Path.of(PythonSources.folder());
        assertTrue(Files.exists(sources.resolve("headrace/py.typed")), sources::toString);
    }

    private static Path jar(Path file) throws IOException {
        try (var jar = new JarOutputStream(Files.newOutputStream(file))) {
            jar.putNextEntry(new JarEntry(FILE));
        }
        return file;
    }
}
