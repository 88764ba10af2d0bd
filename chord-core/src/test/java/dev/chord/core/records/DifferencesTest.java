package dev.chord.core.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.version.Version;
import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class DifferencesTest {
    private static Fingerprints prints(Map<Integer, Integer> versions) {
        Fingerprints prints = new Fingerprints();
        versions.forEach((key, count) -> {
            Record record = ManualHost.name(Identifier.of(key), "a", new Version(count, Identifier.of(1)));
            prints.add(record.key(), record.id().print(record.version()));
        });
        return prints;
    }

    /**
     * A part may be looked at for nothing, where another key of it differs; one that differs is never
     * passed over.
     */
    @Property(tries = 200)
    void whatDiffersIsInAPartThatDiffersAndEqualPartsAreLeftOut(
            @ForAll @Size(max = 40) Map<@IntRange(max = 1000) Integer, @IntRange(min = 1, max = 3) Integer> here,
            @ForAll @Size(max = 4) Map<@IntRange(max = 1000) Integer, @IntRange(min = 1, max = 3) Integer> changes) {
        Map<Integer, Integer> there = new HashMap<>(here);
        there.putAll(changes);
        Differences differences = new Differences(prints(here), prints(there));
        boolean[] differs = new boolean[Fingerprints.PARTS];
        for (int key : there.keySet()) {
            differs[key % Fingerprints.PARTS] |= !there.get(key).equals(here.get(key));
        }
        boolean[] found = new boolean[Fingerprints.PARTS];
        for (int key = 0; key <= 1000; key++) {
            found[key % Fingerprints.PARTS] |= differences.in(Identifier.of(key));
        }
        assertThat(found).isEqualTo(differs);
    }
}
