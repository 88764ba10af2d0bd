package dev.chord.node;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The shape of the house, for all modules: short files, no cycles, each layer below its users. */
class HouseRulesTest {
    private static final int MAX_LINES = 400;
    // what others call: they are not here
    private static final Set<String> API =
            Set.of("dev.chord.client", "dev.chord.client.error", "dev.chord.node.ChordNode");

    // of the simulator: where its processes answer the messages of the client
    private static final Set<String> AT_THE_WIRE =
            Set.of("dev.chord.client.wire", "dev.chord.node.rpc", "dev.chord.sim.client");

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
                .resideInAPackage("dev.chord.node..")
                .check(ALL);
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAPackage("dev.chord.sim..")
                .and()
                .resideOutsideOfPackage("dev.chord.sim.client..") // where processes answer messages of the wire
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.chord.proto..", "io.grpc..", "com.google..")
                .check(ALL);
        ArchRuleDefinition.noClasses()
                .that()
                .resideOutsideOfPackages("dev.chord.sim..", "dev.chord.node.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.chord.sim..")
                .check(ALL);
    }

    /** The exceptions only get fewer: a class that needs none any more is taken off the list. */
    @Test
    void onlyTheWireKnowsWhatMessagesLookLike() throws IOException {
        Set<String> found = ALL.stream()
                .filter(type -> !AT_THE_WIRE.contains(type.getPackageName()))
                .filter(type -> type.getDirectDependenciesFromSelf().stream()
                        .anyMatch(to -> to.getTargetClass().getPackageName().startsWith("dev.chord.proto")))
                .map(type -> type.getName().replaceAll("\\$.*", ""))
                .collect(Collectors.toCollection(TreeSet::new));
        List<String> exceptions = Files.readAllLines(Path.of("src/test/resources/wire-exceptions.txt")).stream()
                .filter(line -> !line.startsWith("#"))
                .toList();
        assertThat(found).containsExactlyElementsOf(exceptions);
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

    @Test
    void everyMethodHasACaller() throws IOException {
        StringBuilder tests = new StringBuilder();
        for (Path file : sources()) {
            if (file.toString().contains("/src/test/")) {
                tests.append(Files.readString(file));
            }
        }
        List<String> uncalled = ALL.stream()
                .filter(type -> !type.getPackageName().startsWith("dev.chord.rest")) // made from openapi.json
                .filter(type -> !API.contains(type.getPackageName()) && !API.contains(type.getName()))
                .flatMap(type -> type.getMethods().stream())
                .filter(HouseRulesTest::hasNoCaller)
                .filter(method ->
                        tests.indexOf(method.getName() + "(") < 0 && tests.indexOf("::" + method.getName()) < 0)
                .map(JavaMethod::getFullName)
                .toList();
        assertThat(uncalled).isEmpty();
    }

    private static boolean hasNoCaller(JavaMethod method) {
        JavaClass type = method.getOwner();
        boolean made = method.getModifiers().contains(JavaModifier.SYNTHETIC)
                || type.isEnum() && List.of("values", "valueOf").contains(method.getName())
                || type.isRecord() && type.tryGetField(method.getName()).isPresent();
        boolean inherited = Stream.concat(type.getAllRawSuperclasses().stream(), type.getAllRawInterfaces().stream())
                .flatMap(above -> above.getMethods().stream())
                .anyMatch(m -> m.getName().equals(method.getName())
                        && m.getRawParameterTypes().size()
                                == method.getRawParameterTypes().size());
        boolean called = method.getCallsOfSelf().stream()
                        .anyMatch(call -> !call.getOrigin().equals(method))
                || !method.getReferencesToSelf().isEmpty();
        boolean elsewhere = method.isAnnotatedWith("picocli.CommandLine$Command")
                || method.getName().equals("main");
        return !made && !inherited && !called && !elsewhere;
    }
}
