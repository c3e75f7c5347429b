package dev.headrace.operators.python;

import java.util.ArrayList;
import java.util.List;

/// What a Python has to have.
enum PythonNeed {
    /// To run in this process.
    THIS_PROCESS(
            "jep " + PythonNeed.JEP + " and numpy", List.of("numpy", "jep==" + PythonNeed.JEP)),

    /// To run in processes of its own.
    WORKERS("numpy", List.of("numpy"));

    /// The release of Jep whose classes are on the class path: both halves have to agree.
    static final String JEP = "4.3.1";

    private static final int MINOR = 11;

    private final String words;
    private final List<String> packages;

    PythonNeed(String words, List<String> packages) {
        this.words = words;
        this.packages = packages;
    }

    /// Such as "Python 3.11 or later with numpy".
    @Override
    public String toString() {
        return "Python 3." + MINOR + " or later with " + words;
    }

    /// Whether a version is not too old.
    ///
    /// @param version such as 3.11.7
    static boolean isRecent(String version) {
        var parts = version.split("\\.");
        int major = Integer.parseInt(parts[0]);
        return major > 3 || major == 3 && Integer.parseInt(parts[1]) >= MINOR;
    }

    /// The packages that are needed, as pip takes them.
    List<String> packages() {
        return packages;
    }

    /// Those of the packages that a Python does not have, as pip takes them.
    List<String> missingPackages(PythonEnvironment python) {
        var missing = new ArrayList<String>();
        if (python.numpy().isEmpty()) {
            missing.add("numpy");
        }
        if (this == THIS_PROCESS && (!python.jep().equals(JEP) || python.jepLibrary() == null)) {
            missing.add("jep==" + JEP);
        }
        return missing;
    }

    /// Why a Python will not do, or null if it will. It is recent.
    String objection(PythonEnvironment python) {
        var lacks = new ArrayList<String>();
        for (var missing : missingPackages(python)) {
            lacks.add(
                    missing.equals("numpy")
                            ? "no numpy"
                            : python.jep().isEmpty()
                                    ? "no jep"
                                    : python.jep().equals(JEP)
                                            ? "jep without its library"
                                            : "jep " + python.jep());
        }
        if (this == THIS_PROCESS && python.library() == null) {
            lacks.add("no shared library libpython");
        }
        return lacks.isEmpty()
                ? null
                : "Python " + python.version() + " has " + String.join(" and ", lacks);
    }
}
