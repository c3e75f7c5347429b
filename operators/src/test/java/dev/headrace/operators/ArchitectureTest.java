package dev.headrace.operators;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final String OPERATORS = "dev.headrace.operators";

    /// Each uses only those before it.
    private static final List<String> PACKAGES =
            List.of("read", "decode", "random", "tensor", "image", "python");

    @Test
    void packagesUseOnlyThoseBeforeThem() {
        var all =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages(OPERATORS);
        for (int i = 0; i < PACKAGES.size(); i++) {
            var allowed =
                    PACKAGES.subList(0, i + 1).stream()
                            .map(name -> OPERATORS + "." + name + "..")
                            .toArray(String[]::new);
            classes()
                    .that()
                    .resideInAPackage(OPERATORS + "." + PACKAGES.get(i) + "..")
                    .should()
                    .onlyDependOnClassesThat(
                            resideInAnyPackage(allowed)
                                    .or(resideOutsideOfPackage(OPERATORS + "..")))
                    .check(all);
        }
    }

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
