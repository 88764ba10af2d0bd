package dev.chord.sim.planted;

import dev.chord.planted.Killers;
import dev.chord.sim.burn.BurnPlan;
import dev.chord.sim.burn.BurnRun;
import dev.chord.sim.explore.ExploreModel;
import dev.chord.sim.explore.Explorer;
import dev.chord.sim.explore.RecordExplorer;
import dev.chord.sim.explore.RecordModel;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Runs one check of the sources that this class was loaded with: a search in simulated rings, or a test. */
public final class Searches {
    private Searches() {}

    /** What went red; empty: nothing did. */
    public static String run(String kill) {
        String[] words = kill.split(" ");
        return switch (words[0]) {
            case "explore" -> explore(words);
            case "records" -> exploreRecords(words);
            case "burn" -> burn(Long.parseLong(words[1]), UnaryOperator.identity());
            case "quorum" -> burn(Long.parseLong(words[1]), BurnPlan::withQuorum);
            default -> Killers.run(kill);
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

    private static String exploreRecords(String[] words) {
        Map<RecordModel.Bound, Integer> bounds = Arrays.stream(words[3].split(","))
                .map(bound -> bound.split("="))
                .collect(Collectors.toMap(
                        bound -> RecordModel.Bound.valueOf(bound[0]), bound -> Integer.parseInt(bound[1])));
        RecordModel model = RecordModel.of(words[1].equals("quorum"), List.of(words[2].split(",")), bounds);
        return RecordExplorer.explore(model, visited -> {})
                .finding()
                .map(f -> f.violation().invariant() + " after " + f.trace().size() + " moves")
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
}
