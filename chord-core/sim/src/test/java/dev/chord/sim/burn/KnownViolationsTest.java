package dev.chord.sim.burn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.check.RingInvariants.Violation;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What {@code known-violations.txt} lists breaks as it says: what is mended, or is shown by another seed now,
 * turns this red. {@code -Dchord.known.search=COUNT} runs so many seeds of each entry that is red, and prints
 * what they break; {@code -Dchord.known=BEGINNING} takes the entries whose names begin so.
 */
class KnownViolationsTest {
    @TestFactory
    Stream<DynamicTest> eachBreaksAsItIsListed() {
        return KnownViolation.all().stream()
                .filter(known -> known.name().startsWith(System.getProperty("chord.known", "")))
                .map(known -> DynamicTest.dynamicTest(known.name(), () -> breaks(known)));
    }

    private static void breaks(KnownViolation known) {
        Optional<String> broken = known.run(known.seed()).map(Violation::invariant);
        long search = Long.getLong("chord.known.search", 0);
        if (search > 0 && !broken.equals(Optional.of(known.breaks()))) {
            System.out.println("known " + known.name() + ": of " + search + " seeds " + known.search(search));
        }
        assertThat(broken)
                .as(
                        "%s by seed %d: if no other seed shows it (-Dchord.known.search=100), it leaves the list,"
                                + " and is judged always, in Deed or in BurnJudge.NOT_HELD",
                        known.name(), known.seed())
                .hasValue(known.breaks());
    }

    @Test
    void whatIsNotJudgedAlwaysIsListed() {
        List<KnownViolation> all = KnownViolation.all();
        Set<Deed> beyond =
                Arrays.stream(Deed.values()).filter(Deed::isBeyond).collect(Collectors.toCollection(TreeSet::new));
        beyond.remove(Deed.BACKUP); // by itself it changes nothing
        assertThat(all.stream().flatMap(k -> k.beyond().stream()).collect(Collectors.toSet()))
                .as("faults")
                .isEqualTo(beyond);
        assertThat(all.stream().flatMap(k -> k.judging().stream()).collect(Collectors.toSet()))
                .as("invariants")
                .containsAll(BurnJudge.NOT_HELD);
    }
}
