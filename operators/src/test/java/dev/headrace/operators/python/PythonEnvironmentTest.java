package dev.headrace.operators.python;

import static dev.headrace.operators.python.PythonNeed.THIS_PROCESS;
import static dev.headrace.operators.python.PythonNeed.WORKERS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.error.BadGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import jep.Jep;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Interpreters are shell scripts that answer as Python would.
class PythonEnvironmentTest {
    private static final String NOTHING_SET =
            "tried: -Dheadrace.python (not set), HEADRACE_PYTHON (not set), VIRTUAL_ENV (not set), ";
    private static final String INSTALL =
            "\n  install one: apt-get install python3 python3-venv python3-dev gcc";

    @TempDir Path home;
    private final Map<String, String> properties = new HashMap<>();
    private final Map<String, String> variables = new HashMap<>();

    /// What a fake interpreter answers.
    private final class Fake {
        private final Map<String, String> facts = new HashMap<>();
        private String before = "";

        Fake(String version) {
            facts.put("version", version);
            facts.put("prefix", home.toString());
            facts.put("virtual", "yes");
            facts.put("numpy", "2.4.0");
            facts.put("jep", "4.3.1");
            facts.put("library", "/lib/libpython.so");
            facts.put("jepLibrary", "/lib/libjep.so");
        }

        Fake with(String name, String value) {
            facts.put(name, value);
            return this;
        }

        Fake doing(String command) {
            before = command + "\n";
            return this;
        }

        /// Writes it to a file in the test's folder.
        Path at(String file) throws IOException {
            var path = home.resolve(file);
            facts.putIfAbsent("executable", path.toString());
            var script = new StringBuilder(before);
            facts.forEach(
                    (name, value) ->
                            script.append(
                                    "printf 'headrace\\t%s\\t%s\\n'\n".formatted(name, value)));
            return script(file, script.toString());
        }
    }

    private Path script(String file, String text) throws IOException {
        var path = home.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, "#!/bin/sh\n" + text);
        assertTrue(path.toFile().setExecutable(true));
        return path;
    }

    @BeforeEach
    void setUp() {
        properties.put("headrace.home", home.toString());
        properties.put("java.home", "/opt/jdk 25");
        variables.put("PATH", home.resolve("none") + ":" + home.resolve("path"));
    }

    private PythonEnvironment find(PythonNeed need) {
        return PythonEnvironment.find(need, properties::get, variables::get);
    }

    private String found() {
        return find(THIS_PROCESS).executable().toString();
    }

    private String refusal() {
        return refusal(THIS_PROCESS);
    }

    private String refusal(PythonNeed need) {
        return assertThrows(BadGraph.class, () -> find(need)).getMessage();
    }

    /// The refusal of the one interpreter that a setting names.
    private String objection(Path interpreter) {
        variables.put("HEADRACE_PYTHON", interpreter.toString());
        var message = refusal();
        var opening = "HEADRACE_PYTHON=" + interpreter + " (";
        return message.substring(
                message.indexOf(opening) + opening.length(), message.indexOf(")\n"));
    }

    @Test
    void saysAllPlacesWhereNoneIs() {
        assertEquals(
                "no Python 3.11 or later with jep 4.3.1 and numpy; "
                        + NOTHING_SET
                        + home
                        + "/.venv/bin/python (not there), python3 (not on the path)"
                        + INSTALL,
                refusal());
    }

    @Test
    void saysThatWorkersNeedLess() {
        assertEquals(
                "no Python 3.11 or later with numpy; "
                        + NOTHING_SET
                        + home
                        + "/.venv/bin/python (not there), python3 (not on the path)"
                        + INSTALL,
                refusal(WORKERS));
    }

    @Test
    void looksBesideTheProgramWhereNoHomeIsSet() {
        properties.remove("headrace.home");
        var message = refusal();
        var beside = Path.of("").toAbsolutePath().resolve(".venv/bin/python");
        assertTrue(message.contains(", " + beside + " ("), message);
    }

    @Test
    void asksThePlacesInOrder() throws Exception {
        var onPath = new Fake("3.11.7").at("path/python3");
        assertEquals(onPath.toString(), found());
        var beside = new Fake("3.11.7").at(".venv/bin/python");
        assertEquals(beside.toString(), found());
        var active = new Fake("3.11.7").at("active/bin/python");
        variables.put("VIRTUAL_ENV", home.resolve("active").toString());
        assertEquals(active.toString(), found());
        var variable = new Fake("3.11.7").at("variable");
        variables.put("HEADRACE_PYTHON", variable.toString());
        assertEquals(variable.toString(), found());
        var property = new Fake("3.11.7").at("property");
        properties.put("headrace.python", property.toString());
        assertEquals(property.toString(), found());
    }

    @Test
    void goesOnWhereAPlaceLacksSomething() throws Exception {
        new Fake("3.9.18").at("active/bin/python");
        variables.put("VIRTUAL_ENV", home.resolve("active").toString());
        new Fake("3.12.1").with("jep", "").with("jepLibrary", "").at(".venv/bin/python");
        new Fake("3.13.0").with("numpy", "").at("path/python3");
        assertEquals(
                "no Python 3.11 or later with jep 4.3.1 and numpy; tried: -Dheadrace.python (not"
                        + " set), HEADRACE_PYTHON (not set), VIRTUAL_ENV="
                        + home
                        + "/active (is Python 3.9.18), "
                        + home
                        + "/.venv/bin/python (Python 3.12.1 has no jep), "
                        + home
                        + "/path/python3 on the path (Python 3.13.0 has no numpy)\n"
                        + "  run: JAVA_HOME='/opt/jdk 25' "
                        + home
                        + "/.venv/bin/python -m pip install jep==4.3.1",
                refusal());
    }

    @Test
    void doesNotReplaceWhatASettingNames() throws Exception {
        new Fake("3.11.7").at("path/python3");
        properties.put("headrace.python", home + "/gone");
        assertEquals(
                "no Python 3.11 or later with jep 4.3.1 and numpy; tried: -Dheadrace.python="
                        + home
                        + "/gone (not there)"
                        + "\n  correct -Dheadrace.python, or leave it out to have one looked for",
                refusal());
        properties.remove("headrace.python");
        variables.put("HEADRACE_PYTHON", "python3.99");
        assertEquals(
                "no Python 3.11 or later with jep 4.3.1 and numpy; tried: -Dheadrace.python (not"
                        + " set), HEADRACE_PYTHON=python3.99 (not on the path)"
                        + "\n  correct HEADRACE_PYTHON, or leave it out to have one looked for",
                refusal());
    }

    @Test
    void aSettingMayNameAFolderOrACommand() throws Exception {
        var folder = new Fake("3.11.7").at("folder/bin/python");
        variables.put("HEADRACE_PYTHON", home.resolve("folder").toString());
        assertEquals(folder.toString(), found());
        var command = new Fake("3.11.7").at("path/python3.12");
        variables.put("HEADRACE_PYTHON", "python3.12");
        assertEquals(command.toString(), found());
    }

    @Test
    void saysWhatAnInterpreterLacks() throws Exception {
        assertEquals("is Python 3.10.13", objection(new Fake("3.10.13").at("old")));
        assertEquals("is Python 2.7.18", objection(new Fake("2.7.18").at("very-old")));
        assertEquals(
                "Python 3.11.7 has no numpy and no jep",
                objection(
                        new Fake("3.11.7")
                                .with("numpy", "")
                                .with("jep", "")
                                .with("jepLibrary", "")
                                .at("bare")));
        assertEquals(
                "Python 3.11.7 has jep 4.2.0",
                objection(new Fake("3.11.7").with("jep", "4.2.0").at("jep")));
        assertEquals(
                "Python 3.11.7 has jep without its library",
                objection(new Fake("3.11.7").with("jepLibrary", "").at("half")));
        assertEquals(
                "Python 3.11.7 has no shared library libpython",
                objection(new Fake("3.11.7").with("library", "").at("static")));
    }

    @Test
    void saysWhatIsNoInterpreter() throws Exception {
        assertEquals("is no Python", objection(script("hello", "echo hello")));
        assertEquals(
                "ended with status 127: pyenv: python3: command not found",
                objection(
                        script("shim", "echo 'pyenv: python3: command not found' >&2; exit 127")));
        assertEquals("ended with status 3", objection(script("silent", "exit 3")));
        var text = Files.writeString(home.resolve("text"), "text");
        assertEquals("not executable", objection(text));
        var broken = script("broken", "");
        Files.writeString(broken, "#!" + home + "/gone\n");
        var message = objection(broken);
        assertTrue(message.startsWith("cannot be run: "), message);
    }

    @Test
    void doesNotWaitForeverForAnAnswer() throws Exception {
        var endless = script("endless", "while :; do :; done");
        var unfit =
                assertThrows(
                        PythonProbe.Unfit.class,
                        () -> PythonProbe.ask(endless, Duration.ofMillis(1)));
        assertEquals("gave no answer within PT0.001S", unfit.getMessage());
    }

    @Test
    void aProgramLeftBehindDoesNotHoldTheAnswer() throws Exception {
        var left = home.resolve("left");
        var python = new Fake("3.11.7").doing("sleep 1000 & echo $! > " + left).at("python");
        variables.put("HEADRACE_PYTHON", python.toString());
        assertEquals(python.toString(), found());
        var process = ProcessHandle.of(Long.parseLong(Files.readString(left).strip()));
        assertTrue(process.orElseThrow().destroy());
    }

    @Test
    void whatStartUpFilesPrintDoesNotMatter() throws Exception {
        var python = new Fake("3.11.7").doing("echo hello; echo oh >&2").at("python");
        variables.put("HEADRACE_PYTHON", python.toString());
        assertEquals(python.toString(), found());
    }

    @Test
    void workersNeedNeitherJepNorALibrary() throws Exception {
        var python =
                new Fake("3.11.7")
                        .with("jep", "")
                        .with("jepLibrary", "")
                        .with("library", "")
                        .at("path/python3");
        assertEquals(python, find(WORKERS).executable());
        assertTrue(refusal().contains("no jep and no shared library libpython"));
    }

    @Test
    void saysHowToMendAnEnvironment() throws Exception {
        new Fake("3.11.7").with("numpy", "").at(".venv/bin/python");
        assertTrue(
                refusal().endsWith("\n  run: " + home + "/.venv/bin/python -m pip install numpy"));
    }

    @Test
    void saysHowToMakeAnEnvironmentFromThePythonOfTheSystem() throws Exception {
        var python = new Fake("3.11.7").with("virtual", "").with("numpy", "").at("path/python3");
        assertTrue(
                refusal()
                        .endsWith(
                                "\n  run: %s -m venv %s && JAVA_HOME='/opt/jdk 25' %s -m pip install numpy jep==4.3.1"
                                        .formatted(
                                                python,
                                                home + "/.venv",
                                                home + "/.venv/bin/python")));
        assertTrue(
                refusal(WORKERS)
                        .endsWith(
                                "\n  run: %s -m venv %s && %s -m pip install numpy"
                                        .formatted(
                                                python,
                                                home + "/.venv",
                                                home + "/.venv/bin/python")));
    }

    @Test
    void oneThatAnswersWellIsAskedOnce() throws Exception {
        var asked = home.resolve("asked");
        new Fake("3.11.7").doing("echo >> " + asked).at(".venv/bin/python");
        var first = find(THIS_PROCESS);
        assertEquals(first, find(THIS_PROCESS));
        assertEquals(first, find(WORKERS));
        assertEquals(1, Files.readAllLines(asked).size());
    }

    @Test
    void oneThatLacksSomethingMayBeMended() throws Exception {
        new Fake("3.11.7").with("numpy", "").at(".venv/bin/python");
        refusal();
        new Fake("3.11.7").at(".venv/bin/python");
        assertEquals("2.4.0", find(THIS_PROCESS).numpy());
    }

    @Test
    void environmentsAreToldApartByTheirPlace() throws Exception {
        new Fake("3.11.7").with("executable", "/usr/bin/python3").at(".venv/bin/python");
        var one = find(THIS_PROCESS);
        assertEquals("Python 3.11.7 of " + home, one.toString());
        properties.put(
                "headrace.python",
                new Fake("3.11.7").with("executable", "/usr/bin/python").at("other").toString());
        assertTrue(one.isSameAs(find(THIS_PROCESS)));
        properties.put(
                "headrace.python", new Fake("3.11.7").with("prefix", "/usr").at("usr").toString());
        assertEquals(false, one.isSameAs(find(THIS_PROCESS)));
    }

    @Test
    void asksForTheJepWhoseClassesAreThere() throws Exception {
        var facts = new Properties();
        try (var file =
                Jep.class.getResourceAsStream("/META-INF/maven/org.ninia/jep/pom.properties")) {
            facts.load(file);
        }
        assertEquals(facts.getProperty("version"), PythonNeed.JEP);
        var requirements = Path.of(System.getProperty("headrace.home"), "requirements.txt");
        assertTrue(Files.readAllLines(requirements).contains("jep==" + PythonNeed.JEP));
    }

    @Test
    @NeedsPython
    void asksARealPython() {
        var python = PythonEnvironment.forThisProcess();
        assertTrue(PythonNeed.isRecent(python.version()), python::version);
        assertTrue(Files.isExecutable(python.executable()), () -> python.executable().toString());
        assertTrue(Files.isRegularFile(python.library()), () -> python.library().toString());
        assertTrue(Files.isRegularFile(python.jepLibrary()), () -> python.jepLibrary().toString());
        assertTrue(python.executable().startsWith(python.prefix()), python::toString);
    }
}
