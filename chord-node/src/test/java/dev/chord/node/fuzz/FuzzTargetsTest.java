package dev.chord.node.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each target with its seeds and some hundred changes of them, in every build; the search that is led by
 * coverage is a command of its own ({@code .ci/fuzz}). {@code -Dchord.fuzz.seed=S} repeats a run, {@code
 * -Dchord.fuzz.runs=N} makes it longer.
 */
class FuzzTargetsTest {
    private static final long SEED = Long.getLong("chord.fuzz.seed", System.nanoTime());
    private static final int RUNS = Integer.getInteger("chord.fuzz.runs", 400);

    @ParameterizedTest
    @EnumSource(FuzzTarget.class)
    void whateverComesIsAnsweredAsItShouldBe(FuzzTarget target) {
        System.out.println(
                "replay: mvn -pl chord-node -am test -Dtest=FuzzTargetsTest -Dsurefire.failIfNoSpecifiedTests=false"
                        + " -Dchord.fuzz.seed=" + SEED);
        List<byte[]> seeds = target.seeds();
        assertThat(seeds).isNotEmpty();
        seeds.forEach(target::run);
        SplittableRandom random = new SplittableRandom(SEED + target.ordinal());
        for (int i = 0; i < RUNS; i++) {
            target.run(FuzzSeeds.mutated(seeds.get(random.nextInt(seeds.size())), random));
        }
        FuzzBed.get().assertWorks();
    }
}
