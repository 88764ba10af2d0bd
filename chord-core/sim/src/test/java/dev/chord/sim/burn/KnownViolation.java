package dev.chord.sim.burn;

import dev.chord.core.check.RingInvariants.Violation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Something that today's rules break, with one seed that shows it: an entry of {@code known-violations.txt}.
 *
 * @param name what it is called elsewhere
 * @param quorum whether the holders of an arc agree on who they are in the world in which it breaks
 * @param beyond the faults that it takes; none: those that are always there do
 * @param judging invariants that are not judged otherwise
 * @param breaks the invariant that is broken
 */
record KnownViolation(String name, boolean quorum, long seed, Set<Deed> beyond, Set<String> judging, String breaks) {
    private static final Path LIST = Path.of("src/test/resources/known-violations.txt");

    static List<KnownViolation> all() {
        List<KnownViolation> all = new ArrayList<>();
        Map<String, String> told = new HashMap<>();
        for (String line : lines()) {
            String[] words = line.split(" ", 2);
            if (words.length == 2 && !words[0].equals("#")) {
                told.put(words[0], words[1]);
            }
            if (words[0].equals("breaks")) {
                all.add(of(told));
                told.clear();
            }
        }
        return all;
    }

    private static List<String> lines() {
        try {
            return Files.readAllLines(LIST);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static KnownViolation of(Map<String, String> told) {
        String name = Objects.requireNonNull(told.get("=="), "a name");
        return new KnownViolation(
                name,
                told.getOrDefault("world", "").equals("quorum"),
                Long.parseLong(Objects.requireNonNull(told.get("seed"), name + ": a seed")),
                words(told, "beyond").stream().map(Deed::valueOf).collect(Collectors.toCollection(TreeSet::new)),
                words(told, "judging"),
                told.getOrDefault("breaks", ""));
    }

    private static Set<String> words(Map<String, String> told, String key) {
        String value = told.getOrDefault(key, "");
        return value.isEmpty() ? Set.of() : new TreeSet<>(Arrays.asList(value.split(" ")));
    }

    /** Whether it breaks a seed as it is always drawn and judged. */
    boolean isUsual() {
        return beyond.isEmpty() && judging.isEmpty();
    }

    /** What a seed breaks. */
    Optional<Violation> run(long ofSeed) {
        BurnPlan plan = BurnPlan.draw(ofSeed, BurnPlan.Size.DEFAULT)
                .beyond(beyond, BurnPlan.Size.DEFAULT)
                .judging(judging);
        return BurnRun.of(quorum ? plan.withQuorum() : plan, line -> {}).failure();
    }

    /** Of the first so many seeds those that break anything, by what they break. */
    Map<String, Set<Long>> search(long seeds) {
        Map<String, Set<Long>> broken = new ConcurrentSkipListMap<>();
        LongStream.rangeClosed(1, seeds)
                .parallel()
                .forEach(s -> run(s).ifPresent(
                                v -> broken.computeIfAbsent(v.invariant(), i -> new ConcurrentSkipListSet<>())
                                        .add(s)));
        return broken;
    }
}
