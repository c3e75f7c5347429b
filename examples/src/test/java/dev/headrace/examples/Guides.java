package dev.headrace.examples;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.JavaFileObject.Kind;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// The code that guides show.
final class Guides {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\n(.*?)^```$");

    private Guides() {}

    /// One piece of code.
    record Block(String language, String text) {}

    /// All code of a page.
    ///
    /// @param page as in `docs/python.md`
    static List<Block> blocks(String page) throws IOException {
        return BLOCK.matcher(Files.readString(Headrace.home().resolve(page)))
                .results()
                .map(found -> new Block(found.group(1), found.group(2)))
                .toList();
    }

    /// Whether Java code compiles.
    ///
    /// @param unit a file of code, with one class `Guide`
    /// @param folder for the class
    /// @param errors what the compiler says
    static boolean compiles(String unit, Path folder, StringWriter errors) {
        var source =
                new SimpleJavaFileObject(URI.create("string:///Guide.java"), Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return unit;
                    }
                };
        // what the class path offers as a source is compiled too: there must be none
        var options = List.of("-d", folder.toString(), "-proc:none", "-Xprefer:source");
        return ToolProvider.getSystemJavaCompiler()
                .getTask(errors, null, null, options, null, List.of(source))
                .call();
    }
}
