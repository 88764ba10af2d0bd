package dev.chord.client.locate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.wire.Time;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The cache against a plain map from each point of a small circle to what was last learned of it. */
class ArcCacheTest {
    private record Operation(boolean learn, int from, int to, int owner) {}

    @Provide
    static Arbitrary<List<Operation>> operations() {
        return Combinators.combine(
                        Arbitraries.of(true, true, true, false),
                        Arbitraries.integers().between(0, 15),
                        Arbitraries.integers().between(0, 15),
                        Arbitraries.integers().between(0, 3))
                .as(Operation::new)
                .list()
                .ofMaxSize(20);
    }

    private static List<Peer> chain(int owner) {
        Identifier id = Identifier.of(owner);
        return List.of(new Peer(id, new Endpoint("h", 1 + owner), "z", id, 1));
    }

    @Property
    void aKeyHasWhatWasLastLearned(@ForAll("operations") List<Operation> operations) {
        ArcCache cache = new ArcCache(1_000, Time.REAL);
        Map<Integer, Operation> model = new HashMap<>();
        for (Operation op : operations) {
            Arc arc = new Arc(Identifier.of(op.from()), Identifier.of(op.to()));
            if (op.learn()) {
                cache.learn(arc, chain(op.owner()));
                for (int k = 0; k < 16; k++) {
                    if (arc.contains(Identifier.of(k))) {
                        model.put(k, op);
                    }
                }
            } else {
                cache.forget(Identifier.of(op.from()));
                Operation gone = model.get(op.from());
                for (int k = 0; gone != null && k < 16; k++) {
                    if (new Arc(Identifier.of(gone.from()), Identifier.of(gone.to())).contains(Identifier.of(k))) {
                        model.remove(k);
                    }
                }
            }
            for (int k = 0; k < 16; k++) {
                Optional<List<Peer>> expected =
                        Optional.ofNullable(model.get(k)).map(o -> chain(o.owner()));
                assertThat(cache.chain(Identifier.of(k)))
                        .as("key %d after %s", k, operations)
                        .isEqualTo(expected);
            }
        }
    }

    @Property
    void whatIsHeardOnlyFillsGaps(
            @ForAll("operations") List<Operation> learned, @ForAll("operations") List<Operation> heard) {
        ArcCache cache = new ArcCache(1_000, Time.REAL);
        for (Operation op : learned) {
            cache.learn(new Arc(Identifier.of(op.from()), Identifier.of(op.to())), chain(op.owner()));
        }
        for (Operation op : heard) {
            Map<Integer, Optional<List<Peer>>> before = new HashMap<>();
            for (int k = 0; k < 16; k++) {
                before.put(k, cache.chain(Identifier.of(k)));
            }
            Arc arc = new Arc(Identifier.of(op.from()), Identifier.of(op.to()));
            cache.hear(arc, chain(op.owner()));
            boolean free = before.entrySet().stream()
                    .noneMatch(e -> arc.contains(Identifier.of(e.getKey()))
                            && e.getValue().isPresent());
            for (int k = 0; k < 16; k++) {
                boolean fills = free && arc.contains(Identifier.of(k));
                assertThat(cache.chain(Identifier.of(k)))
                        .isEqualTo(fills ? Optional.of(chain(op.owner())) : before.get(k));
            }
        }
    }

    @Property
    void theOldestMakesRoom(@ForAll("operations") List<Operation> operations) {
        int most = 5;
        ArcCache cache = new ArcCache(most, Time.REAL);
        for (Operation op : operations) {
            Arc arc = new Arc(Identifier.of(op.from()), Identifier.of(op.to()));
            cache.learn(arc, chain(op.owner()));
            assertThat(cache.size()).isBetween(1, most);
            assertThat(cache.chain(arc.to())).contains(chain(op.owner()));
        }
    }

    @Property
    void whoeverIsEvictedIsNotTheOldestAnyMore(@ForAll("operations") List<Operation> operations) {
        ArcCache cache = new ArcCache(1_000, Time.REAL);
        for (Operation op : operations) {
            Arc arc = new Arc(Identifier.of(op.from()), Identifier.of(op.to()));
            if (op.learn()) {
                cache.learn(arc, chain(op.owner()));
            } else {
                cache.forget(Identifier.of(op.from()));
            }
        }
        for (int left = cache.size(); left > 0; left--) {
            cache.evict(cache.oldest().orElseThrow());
            assertThat(cache.size()).isEqualTo(left - 1);
        }
        for (int k = 0; k < 16; k++) {
            assertThat(cache.chain(Identifier.of(k))).isEmpty();
        }
    }
}
