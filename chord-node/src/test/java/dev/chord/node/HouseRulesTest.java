package dev.chord.node;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The shape of the house, for all modules: short files, no cycles, each layer below its users. */
class HouseRulesTest {
    private static final int MAX_LINES = 400;

    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("dev/chord/proto") && !location.contains("-tests.jar"))
            .importPackages("dev.chord");

    private static Path root() {
        Path here = Path.of("").toAbsolutePath();
        return Files.isDirectory(here.resolve("chord-core")) ? here : here.getParent();
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(root())) {
            return files.filter(p -> p.toString().endsWith(".java")
                            && p.toString().contains("/src/")
                            && !p.toString().contains("/target/"))
                    .toList();
        }
    }

    @Test
    void noFileIsTooLong() throws IOException {
        List<String> tooLong = new ArrayList<>();
        List<Path> sources = sources();
        assertThat(sources).hasSizeGreaterThan(80);
        for (Path file : sources) {
            int lines = Files.readAllLines(file).size();
            if (lines > MAX_LINES) {
                tooLong.add(file + ": " + lines);
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void nothingIsLeftOpen() throws IOException {
        List<String> found = new ArrayList<>();
        String open = "TO" + "DO";
        for (Path file : sources()) {
            if (Files.readString(file).contains(open)) {
                found.add(file.toString());
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void theOnlyTagIsSlow() throws IOException {
        Pattern tag = Pattern.compile("^\\s*@Tag\\((?!\"slow\"\\))", Pattern.MULTILINE);
        List<String> others = new ArrayList<>();
        for (Path file : sources()) {
            if (tag.matcher(Files.readString(file)).find()) {
                others.add(file.toString());
            }
        }
        assertThat(others).as("no profile knows another tag").isEmpty();
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching("dev.chord.(**)").should().beFreeOfCycles().check(ALL);
    }

    @Test
    void theCoreKnowsNobodyAndTheClientKnowsNoNode() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAPackage("dev.chord.core..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.chord.sim..",
                        "dev.chord.client..",
                        "dev.chord.node..",
                        "dev.chord.proto..",
                        "io.grpc..",
                        "com.google..")
                .check(ALL);
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAPackage("dev.chord.client..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.chord.sim..", "dev.chord.node..", "io.micrometer..")
                .check(ALL);
    }

    @Test
    void theSimulatorKnowsNoNodeAndOnlyItsCommandsKnowIt() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAPackage("dev.chord.sim..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.chord.node..", "dev.chord.proto..", "io.grpc..", "com.google..")
                .check(ALL);
        ArchRuleDefinition.noClasses()
                .that()
                .resideOutsideOfPackages("dev.chord.sim..", "dev.chord.node.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.chord.sim..")
                .check(ALL);
    }

    @Test
    void onlyCliAndDemoSpeakToTheTerminal() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideOutsideOfPackages("dev.chord.node.cli..", "dev.chord.node.demo..")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(ALL);
    }

    @Test
    void noPackageHasANameThatSaysNothing() {
        ArchRuleDefinition.noClasses()
                .should()
                .resideInAnyPackage("..util..", "..common..", "..helper..", "..base..", "..impl..", "..manager..")
                .check(ALL);
    }
}
