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
                .resideInAnyPackage("org.jgrapht..", "com.google.gson..")
                .check(CLASSES);
    }
}
