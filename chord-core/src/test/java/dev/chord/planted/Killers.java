package dev.chord.planted;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.chord.sim.burn.BurnPlan;
import dev.chord.sim.burn.BurnRun;
import dev.chord.sim.explore.ExploreModel;
import dev.chord.sim.explore.Explorer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Runs one check of the sources that this class was loaded with. */
public final class Killers {
    private Killers() {}

    /** What went red; empty: nothing did. */
    public static String run(String kill) {
        String[] words = kill.split(" ");
        return switch (words[0]) {
            case "explore" -> explore(words);
            case "burn" -> burn(Long.parseLong(words[1]), UnaryOperator.identity());
            case "quorum" -> burn(Long.parseLong(words[1]), BurnPlan::withQuorum);
            case "test", "root-test" -> test(words[1]);
            default -> throw new IllegalArgumentException("unknown check: " + kill);
        };
    }

    private static String explore(String[] words) {
        Set<ExploreModel.Churn> churn = Arrays.stream(words[5].split(","))
                .map(ExploreModel.Churn::valueOf)
                .collect(Collectors.toSet());
        ExploreModel model = new ExploreModel(
                Integer.parseInt(words[1]),
                Integer.parseInt(words[2]),
                Integer.parseInt(words[4]),
                ExploreModel.Grain.valueOf(words[3]),
                ExploreModel.ANY,
                churn);
        return Explorer.explore(model, true, 0, (visited, followed) -> {})
                .finding()
                .map(f -> f.invariant() + " after " + (f.trace().size() - 1) + " moves")
                .orElse("");
    }

    private static String burn(long seeds, UnaryOperator<BurnPlan> world) {
        Optional<BurnRun.Report> red = LongStream.rangeClosed(1, seeds)
                .parallel()
                .mapToObj(seed -> BurnRun.of(world.apply(BurnPlan.draw(seed, BurnPlan.Size.DEFAULT)), line -> {}))
                .filter(r -> r.failure().isPresent())
                .findAny();
        return red.map(r ->
                        r.failure().get().invariant() + " at seed " + r.plan().seed())
                .orElse("");
    }

    private static String test(String name) {
        try {
            Class<?> type = Class.forName(name, true, Killers.class.getClassLoader());
            LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(selectClass(type))
                    .build();
            SummaryGeneratingListener listener = new SummaryGeneratingListener();
            LauncherFactory.create().execute(request, listener);
            if (listener.getSummary().getTestsFoundCount() == 0) {
                throw new IllegalStateException("no tests in " + name);
            }
            return listener.getSummary().getFailures().stream()
                    .map(f -> f.getTestIdentifier().getDisplayName())
                    .distinct()
                    .collect(Collectors.joining(", "));
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
