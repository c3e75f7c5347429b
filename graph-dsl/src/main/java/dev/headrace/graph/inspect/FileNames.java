package dev.headrace.graph.inspect;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/// Names of files for names that may hold anything: letters, digits, dots, dashes and underscores
/// stay. No two are the same, also where capitals do not count.
final class FileNames {
    private static final int LONGEST = 100;

    private final Set<String> taken = new HashSet<>();

    String name(String wanted) {
        var safe = wanted.replaceAll("[^A-Za-z0-9._-]", "_").replaceFirst("^[.-]", "_");
        var base = safe.substring(0, Math.min(LONGEST, safe.length()));
        var name = base;
        for (int number = 2; !taken.add(name.toLowerCase(Locale.ROOT)); number++) {
            name = base + "-" + number;
        }
        return name;
    }
}
