package dev.headrace.graph;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.headrace.graph");

    @Test
    void theBuilderDoesNotKnowWhichOperatorsExist() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.headrace.operators..", "dev.headrace.examples..")
                .check(CLASSES);
    }

    @Test
    void heavyLibrariesAreMetInOnePlace() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.headrace.graph.picture..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.jgrapht..", "com.google.gson..", "org.eclipse..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.headrace.graph.picture..", "dev.headrace.graph.inspect..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.awt..")
                .check(CLASSES);
    }

    @Test
    void onlyTheLayoutKnowsElkSoThatItIsLoadedWhenSomethingIsLaidOut() {
        noClasses()
                .that()
                .haveNameNotMatching("dev\\.headrace\\.graph\\.picture\\.Layout(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.eclipse..")
                .check(CLASSES);
    }

    /// Each uses only those before it.
    @Test
    void theBuilderDoesNotDrawAndWhatDrawsNeitherInspectsNorTraces() {
        neverUses("dev.headrace.graph", "picture", "inspect", "trace");
        neverUses("dev.headrace.graph.picture", "inspect", "trace");
        neverUses("dev.headrace.graph.inspect", "trace");
        neverUses("dev.headrace.graph.trace", "picture", "inspect");
    }

    private static void neverUses(String user, String... others) {
        noClasses()
                .that()
                .resideInAPackage(user)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        Stream.of(others)
                                .map(other -> "dev.headrace.graph." + other + "..")
                                .toArray(String[]::new))
                .check(CLASSES);
    }
}
