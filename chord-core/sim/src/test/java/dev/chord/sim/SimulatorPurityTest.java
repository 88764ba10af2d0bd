package dev.chord.sim;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.chord.purity.NoOutside;
import org.junit.jupiter.api.Test;

/**
 * The simulator is as pure as the core: its chance comes from seeds, its time is virtual, and it starts
 * no thread.
 */
class SimulatorPurityTest {
    private static final JavaClasses SIMULATOR = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.chord.sim");

    /**
     * Where the client's program runs, which has threads and messages; what makes them harmless is
     * said there.
     */
    private static final String HOST = "dev.chord.sim.client";

    @Test
    void simulatorKnowsOnlyValuesAndCollections() {
        classes()
                .that()
                .resideOutsideOfPackage(HOST)
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
                        "")
                .check(SIMULATOR);
    }

    @Test
    void simulatorHasNoThreadClockOrChance() {
        NoOutside.RULE.check(SIMULATOR.that(DescribedPredicate.not(JavaClass.Predicates.resideInAPackage(HOST))));
    }
}
