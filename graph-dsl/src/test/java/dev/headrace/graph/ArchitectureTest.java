package dev.headrace.graph;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
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
                .resideInAnyPackage(
                        "org.jgrapht..", "com.google.gson..", "org.eclipse..", "java.awt..")
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

    @Test
    void theBuilderDoesNotDraw() {
        noClasses()
                .that()
                .resideInAPackage("dev.headrace.graph")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.headrace.graph.picture..")
                .check(CLASSES);
    }
}
