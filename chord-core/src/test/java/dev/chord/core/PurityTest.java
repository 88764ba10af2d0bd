package dev.chord.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.chord.purity.NoOutside;
import org.junit.jupiter.api.Test;

/** The core is pure: no clock, thread, randomness, I/O or logging, and nothing but the JDK. */
class PurityTest {
    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.chord");

    @Test
    void coreKnowsOnlyValuesAndCollections() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.chord..",
                        "java.lang",
                        "java.lang.invoke",
                        "java.lang.runtime",
                        "java.util",
                        "java.util.function",
                        "java.util.stream",
                        "java.nio", // ByteBuffer, a value
                        "java.nio.charset", // UTF-8 as bytes and back
                        "java.text", // the forms of Unicode, by Normalizer alone
                        "java.security",
                        "")
                .check(CORE);
    }

    @Test
    void coreHasNoThreadClockOrChance() {
        NoOutside.RULE.check(CORE);
    }

    @Test
    void rulesDoNotKnowTheirChecks() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.chord.core.check..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.chord.core.check..")
                .check(CORE);
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching("dev.chord.(**)").should().beFreeOfCycles().check(CORE);
    }
}
