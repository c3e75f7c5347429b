package dev.headrace.operators.python;

import dev.headrace.engine.error.BadGraph;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// One search for Python, by places: the two settings, the active virtual environment, the one
/// beside the program, the path. A setting is final: what the user names is not replaced by
/// something else.
final class PythonSearch {
    private static final String SETTING = "headrace.python";
    private static final String VARIABLE = "HEADRACE_PYTHON";
    private static final String ACTIVE = "VIRTUAL_ENV";
    private static final String HOME = "headrace.home";

    private final PythonNeed need;
    private final UnaryOperator<String> property;
    private final UnaryOperator<String> variable;
    private final Map<Path, PythonEnvironment> found;

    private final List<String> tried = new ArrayList<>();
    private PythonEnvironment nearest; // the first that lacks packages
    private String named; // the setting that names one, if any

    /// @param found what answered well, by the interpreter that was asked; added to
    PythonSearch(
            PythonNeed need,
            UnaryOperator<String> property,
            UnaryOperator<String> variable,
            Map<Path, PythonEnvironment> found) {
        this.need = need;
        this.property = property;
        this.variable = variable;
        this.found = found;
    }

    /// @throws BadGraph if no place has what is needed
    PythonEnvironment run() {
        return setting("-D" + SETTING, property.apply(SETTING))
                .or(() -> setting(VARIABLE, variable.apply(VARIABLE)))
                .or(this::active)
                .or(this::beside)
                .or(this::onPath)
                .orElseThrow(this::refusal);
    }

    private Optional<PythonEnvironment> setting(String name, String value) {
        if (isUnset(name, value)) {
            return Optional.empty();
        }
        named = name;
        var place = name + "=" + value;
        var python = value.contains("/") ? Optional.of(Path.of(value)) : onPath(value);
        if (python.isEmpty()) {
            tried.add(place + " (not on the path)");
            throw refusal();
        }
        var interpreter = Files.isDirectory(python.get()) ? within(python.get()) : python.get();
        return Optional.of(at(place, interpreter).orElseThrow(this::refusal));
    }

    private Optional<PythonEnvironment> active() {
        var value = variable.apply(ACTIVE);
        return isUnset(ACTIVE, value)
                ? Optional.empty()
                : at(ACTIVE + "=" + value, within(Path.of(value)));
    }

    private Optional<PythonEnvironment> beside() {
        var folder = environmentBeside();
        return at(within(folder).toString(), within(folder));
    }

    private Optional<PythonEnvironment> onPath() {
        var python = onPath("python3");
        if (python.isEmpty()) {
            tried.add("python3 (not on the path)");
            return Optional.empty();
        }
        return at(python.get() + " on the path", python.get());
    }

    private boolean isUnset(String name, String value) {
        if (value == null || value.isBlank()) {
            tried.add(name + " (not set)");
            return true;
        }
        return false;
    }

    private Optional<PythonEnvironment> at(String place, Path interpreter) {
        if (!Files.isExecutable(interpreter)) {
            tried.add(place + (Files.exists(interpreter) ? " (not executable)" : " (not there)"));
            return Optional.empty();
        }
        var known = found.get(interpreter.toAbsolutePath());
        if (known != null && need.objection(known) == null) {
            return Optional.of(known);
        }
        PythonEnvironment python;
        String objection;
        try {
            python = PythonProbe.ask(interpreter, PythonProbe.LIMIT);
            objection = need.objection(python);
        } catch (PythonProbe.Unfit unfit) {
            tried.add(place + " (" + unfit.getMessage() + ")");
            return Optional.empty();
        }
        if (objection == null) {
            found.put(interpreter.toAbsolutePath(), python);
            return Optional.of(python);
        }
        tried.add(place + " (" + objection + ")");
        if (nearest == null && !need.missingPackages(python).isEmpty()) {
            nearest = python;
        }
        return Optional.empty();
    }

    private Optional<Path> onPath(String name) {
        var folders = variable.apply("PATH");
        return folders == null
                ? Optional.empty()
                : List.of(folders.split(":")).stream()
                        .map(folder -> Path.of(folder).resolve(name))
                        .filter(Files::isExecutable)
                        .findFirst();
    }

    private Path environmentBeside() {
        var home = property.apply(HOME);
        return Path.of(home == null ? "" : home).toAbsolutePath().resolve(".venv");
    }

    private static Path within(Path environment) {
        return environment.resolve("bin/python");
    }

    private BadGraph refusal() {
        return new BadGraph(
                "no %s; tried: %s\n  %s".formatted(need, String.join(", ", tried), mend()));
    }

    private String mend() {
        if (nearest == null && named != null) {
            return "correct " + named + ", or leave it out to have one looked for";
        }
        if (nearest == null) {
            return "install one: apt-get install python3 python3-venv python3-dev gcc";
        }
        var command = new StringBuilder();
        var python = nearest.executable().toString();
        if (!nearest.virtual()) { // often closed to pip
            var environment = environmentBeside();
            command.append("%s -m venv %s && ".formatted(quoted(python), quoted(environment)));
            python = within(environment).toString();
        }
        var missing = nearest.virtual() ? need.missingPackages(nearest) : need.packages();
        if (missing.size() > 0 && !missing.getLast().equals("numpy")) { // Jep compiles
            command.append("JAVA_HOME=%s ".formatted(quoted(property.apply("java.home"))));
        }
        command.append(quoted(python)).append(" -m pip install ");
        return "run: " + command + String.join(" ", missing);
    }

    /// For a shell.
    private static String quoted(Object text) {
        var plain = text.toString();
        return plain.matches("[\\w./+:@-]+") ? plain : "'" + plain.replace("'", "'\\''") + "'";
    }
}
