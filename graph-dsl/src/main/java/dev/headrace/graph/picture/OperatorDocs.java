package dev.headrace.graph.picture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// The documentation of an operator, as its own file has it.
///
/// An operator is a record, whole in one file, and the `///` lines before it say what it does. They
/// are read from the source, where the class path has it in `META-INF/sources`. To have your own
/// operators' documentation in drawings, put their sources into the jar (not beside the classes:
/// there `javac` would compile them with every program that uses them):
///
/// ```xml
/// <resource>
///   <directory>src/main/java</directory>
///   <includes><include>**/*.java</include></includes>
///   <targetPath>META-INF/sources</targetPath>
/// </resource>
/// ```
final class OperatorDocs {
    private static final String FOLDER = "/META-INF/sources/";
    private static final int MOST_BYTES = 1 << 20;

    private OperatorDocs() {}

    /// The documentation as HTML, if there is any.
    static Optional<String> html(Class<?> operator) {
        return source(operator)
                .map(source -> comment(source, operator.getSimpleName()))
                .filter(lines -> !lines.isEmpty())
                .map(Markdown::html);
    }

    private static Optional<String> source(Class<?> operator) {
        if (operator.isHidden() || operator.getSimpleName().isEmpty()) {
            return Optional.empty();
        }
        var file = operator;
        while (file.getEnclosingClass() != null) {
            file = file.getEnclosingClass();
        }
        var path = FOLDER + file.getName().replace('.', '/') + ".java";
        try (var stream = file.getResourceAsStream(path)) {
            return stream == null
                    ? Optional.empty()
                    : Optional.of(
                            new String(stream.readNBytes(MOST_BYTES), StandardCharsets.UTF_8));
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    /// The lines of the comment before the declaration of a type, without their slashes.
    private static List<String> comment(String source, String type) {
        var declaration =
                Pattern.compile(
                        "^[\\w\\s]*\\b(record|class|enum)\\s+" + Pattern.quote(type) + "\\b.*");
        var comment = new ArrayList<String>();
        for (var line : source.lines().map(String::strip).toList()) {
            if (line.startsWith("///")) {
                comment.add(line.substring(3).replaceFirst("^ ", ""));
            } else if (declaration.matcher(line).matches()) {
                return comment;
            } else if (!line.startsWith("@")) {
                comment.clear();
            }
        }
        return List.of();
    }
}
