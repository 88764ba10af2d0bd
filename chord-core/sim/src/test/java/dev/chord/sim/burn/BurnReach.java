package dev.chord.sim.burn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.blocks.BlockEngine;
import dev.chord.core.records.RecordEngine;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jacoco.agent.rt.IAgent;
import org.jacoco.agent.rt.RT;
import org.jacoco.core.analysis.Analyzer;
import org.jacoco.core.analysis.CoverageBuilder;
import org.jacoco.core.analysis.ICounter;
import org.jacoco.core.analysis.IPackageCoverage;
import org.jacoco.core.analysis.ISourceFileCoverage;
import org.jacoco.core.tools.ExecFileLoader;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Counts which lines of the two engines the runs of one class of tests reach, prints the part, and holds a
 * floor under it. The lines that are not reached are listed in {@code target/burn-unreached.txt}. Nothing is
 * counted where the agent of JaCoCo is not in the process, and nothing held where only few seeds were
 * asked for.
 */
final class BurnReach implements BeforeAllCallback, AfterAllCallback {
    private static final double FLOOR = 0.9;
    private static final Path UNREACHED = Path.of("target", "burn-unreached.txt");
    private static final List<Class<?>> ENGINES = List.of(RecordEngine.class, BlockEngine.class);

    private static Optional<IAgent> agent() {
        try {
            return Optional.of(RT.getAgent());
        } catch (IllegalStateException e) {
            return Optional.empty(); // it was started without one, as by -Dtest or by an editor
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        agent().ifPresent(IAgent::reset);
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException, URISyntaxException {
        if (agent().isEmpty()) {
            return;
        }
        CoverageBuilder seen = new CoverageBuilder();
        ExecFileLoader reached = new ExecFileLoader();
        reached.load(new ByteArrayInputStream(agent().get().getExecutionData(false)));
        Path classes = Path.of(RecordEngine.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        new Analyzer(reached.getExecutionDataStore(), seen).analyzeAll(classes.toFile());
        assertThat(seen.getNoMatchClasses()).as("the classes that ran").isEmpty();
        List<String> unreached = new ArrayList<>();
        List<String> tooLittle = new ArrayList<>();
        for (Class<?> engine : ENGINES) {
            String name = engine.getPackageName();
            IPackageCoverage part = seen.getBundle("core").getPackages().stream()
                    .filter(p -> p.getName().replace('/', '.').equals(name))
                    .findFirst()
                    .orElseThrow();
            ICounter lines = part.getLineCounter();
            System.out.printf(
                    "burn reaches %.1f %% of the lines of %s (%d of %d)%n",
                    100 * lines.getCoveredRatio(), name, lines.getCoveredCount(), lines.getTotalCount());
            part.getSourceFiles().forEach(file -> unreached.addAll(unreached(file)));
            if (lines.getCoveredRatio() < FLOOR) {
                tooLittle.add(name);
            }
        }
        Files.write(UNREACHED, unreached);
        if (ChordBurnTest.seeds().size() >= ChordBurnTest.USUAL) {
            assertThat(tooLittle)
                    .as(
                            "engines of which the burn reaches less than %.0f %% of the lines, see %s",
                            100 * FLOOR, UNREACHED)
                    .isEmpty();
        }
    }

    private static List<String> unreached(ISourceFileCoverage file) {
        return IntStream.rangeClosed(Math.max(1, file.getFirstLine()), file.getLastLine())
                .filter(line -> file.getLine(line).getStatus() == ICounter.NOT_COVERED)
                .mapToObj(line -> file.getPackageName() + "/" + file.getName() + ":" + line)
                .toList();
    }
}
