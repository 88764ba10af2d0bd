package dev.chord.core.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import net.jqwik.api.Example;

class QuorumCacheTest {
    private static final int BOUND = 100_000;

    private final QuorumCache cache = new QuorumCache();

    private static Record.Place place(int number) {
        return new Record.Place(Identifier.of(number), Record.NAME);
    }

    @Example
    void anEntryIsForOneEpochOfTheOwnership() {
        cache.note(3, place(1));
        assertThat(cache.has(3, place(1))).isTrue();
        assertThat(cache.has(2, place(1))).isFalse();
        assertThat(cache.has(4, place(1))).isFalse();
        assertThat(cache.has(3, place(2))).isFalse();
        cache.note(4, place(1));
        assertThat(cache.has(3, place(1))).isFalse();
        assertThat(cache.has(4, place(1))).isTrue();
        cache.forget(place(1));
        assertThat(cache.has(4, place(1))).isFalse();
    }

    @Example
    void itIsBoundedAndForgetsWhatWasNotAskedForLongest() {
        for (int i = 0; i < BOUND; i++) {
            cache.note(1, place(i));
        }
        assertThat(cache.has(1, place(0))).isTrue();
        cache.note(1, place(BOUND));
        assertThat(cache.has(1, place(0))).as("it has just been asked for").isTrue();
        assertThat(cache.has(1, place(1))).isFalse();
        int there = 0;
        for (int i = 0; i <= BOUND; i++) {
            there += cache.has(1, place(i)) ? 1 : 0;
        }
        assertThat(there).isEqualTo(BOUND);
    }
}
