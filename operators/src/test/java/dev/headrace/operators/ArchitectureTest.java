package dev.headrace.operators;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final String OPERATORS = "dev.headrace.operators";

    @Test
    void heavyLibrariesAreMetInOnePlace() {
        var all =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages(OPERATORS);
        noClasses()
                .that()
                .resideOutsideOfPackage(OPERATORS + ".decode..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("javax.imageio..")
                .check(all);
        noClasses()
                .that()
                .resideOutsideOfPackage(OPERATORS + ".python..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jep..")
                .check(all);
    }
}
