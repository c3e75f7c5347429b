package dev.headrace.operators.python;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// The package `headrace`, which comes with these classes.
final class PythonSources {
    private static final String FILE = "/python/headrace/py.typed";

    private static String folder;

    private PythonSources() {}

    /// What `sys.path` takes to find the package: a folder, or a folder inside a jar, which
    /// Python reads by itself.
    static synchronized String folder() {
        if (folder == null) {
            folder = folder(PythonSources.class.getResource(FILE));
        }
        return folder;
    }

    /// @param found where a file of the package is
    static String folder(URL found) {
        try {
            if (found.getProtocol().equals("file")) {
                return Path.of(found.toURI()).getParent().getParent().toString();
            }
            return file(((JarURLConnection) found.openConnection()).getJarFileURL()) + "/python";
        } catch (IOException | URISyntaxException failure) {
            throw new IllegalStateException("no Python sources at " + found, failure);
        }
    }

    /// The jar as a file: one in a jar, or on a server, is copied to a temporary one.
    private static Path file(URL jar) throws IOException {
        if (jar.getProtocol().equals("file")) {
            return Path.of(URI.create(jar.toString()));
        }
        var copy = Files.createTempFile("headrace", ".jar");
        copy.toFile().deleteOnExit();
        try (var bytes = jar.openStream()) {
            Files.copy(bytes, copy, StandardCopyOption.REPLACE_EXISTING);
        }
        return copy;
    }
}
