package dev.headrace.engine;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final String ENGINE = "dev.headrace.engine";

    /// Each uses only those before it.
    private static final List<String> PACKAGES =
            List.of(
                    "error",
                    "data",
                    "device",
                    "memory",
                    "random",
                    "operator",
                    "spec",
                    "plan",
                    "run");

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages(ENGINE);

    @Test
    void packagesUseOnlyThoseBeforeThem() {
        for (int i = 0; i < PACKAGES.size(); i++) {
            var allowed =
                    PACKAGES.subList(0, i + 1).stream()
                            .map(name -> ENGINE + "." + name + "..")
                            .toArray(String[]::new);
            classes()
                    .that()
                    .resideInAPackage(ENGINE + "." + PACKAGES.get(i) + "..")
                    .should()
                    .onlyDependOnClassesThat(
                            resideInAnyPackage(allowed).or(resideOutsideOfPackage(ENGINE + "..")))
                    .check(CLASSES);
        }
    }

    @Test
    void everyPackageHasItsPlaceInTheOrder() {
        classes()
                .should()
                .resideInAnyPackage(
                        PACKAGES.stream()
                                .map(name -> ENGINE + "." + name + "..")
                                .toArray(String[]::new))
                .check(CLASSES);
    }

    @Test
    void theEngineKnowsNeitherOperatorsNorTheBuilder() {
        classes()
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(ENGINE + "..")
                                .or(resideOutsideOfPackage("dev.headrace..")))
                .check(CLASSES);
    }

    @Test
    void heavyLibrariesAreMetInOnePlace() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ENGINE + ".plan..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.jgrapht..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage(ENGINE + ".spec..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.google.gson..")
                .check(CLASSES);
    }
}
