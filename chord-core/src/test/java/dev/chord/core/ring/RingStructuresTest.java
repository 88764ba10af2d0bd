package dev.chord.core.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Laws of successor lists, finger tables and placement. */
class RingStructuresTest {
    static Peer peer(int id, int process) {
        return new Peer(Identifier.of(id), new Endpoint("127.0.0.1", 1000 + process), "z", Identifier.of(process), 1);
    }

    @Provide
    static Arbitrary<List<Peer>> peers() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 31),
                        Arbitraries.integers().between(0, 5))
                .as(RingStructuresTest::peer)
                .list()
                .ofMaxSize(20);
    }

    @Provide
    static Arbitrary<Peer> lives() {
        Arbitrary<Integer> few = Arbitraries.integers().between(0, 1);
        return Combinators.combine(few, few, few, few, few, few)
                .as((id, host, port, zone, process, life) -> new Peer(
                        Identifier.of(id),
                        new Endpoint("host" + host, 1000 + port),
                        "zone" + zone,
                        Identifier.of(process),
                        life));
    }

    @Property
    void peersAreEqualExactlyIfAllTheirPartsAre(@ForAll("lives") Peer a, @ForAll("lives") Peer b) {
        List<Object> partsOfA = parts(a);
        List<Object> partsOfB = parts(b);
        assertThat(a.equals(b)).isEqualTo(partsOfA.equals(partsOfB));
        assertThat(a.endpoint().equals(b.endpoint()))
                .isEqualTo(partsOfA.subList(1, 3).equals(partsOfB.subList(1, 3)));
        assertThat(new Arc(a.id(), a.process()).equals(new Arc(b.id(), b.process())))
                .isEqualTo(a.id().equals(b.id()) && a.process().equals(b.process()));
        if (a.equals(b)) {
            assertThat(a).hasSameHashCodeAs(b);
        }
    }

    private static List<Object> parts(Peer peer) {
        return List.of(
                peer.id(),
                peer.endpoint().host(),
                peer.endpoint().port(),
                peer.zone(),
                peer.process(),
                peer.incarnation());
    }

    @Property
    void aRebuiltListIsWellFormed(
            @ForAll @IntRange(max = 31) int self,
            @ForAll("peers") List<Peer> candidates,
            @ForAll @IntRange(min = 1, max = 5) int r) {
        SuccessorList list = SuccessorList.empty(Identifier.of(self), r).rebuilt(candidates);
        Identifier last = Identifier.of(self);
        for (Peer entry : list.entries()) {
            assertThat(Arc.strictlyBetween(last, entry.id(), Identifier.of(self)))
                    .isTrue();
            last = entry.id();
        }
        assertThat(list.processes()).isLessThanOrEqualTo(r);
        // cut, never thinned: it is a beginning of what was offered
        assertThat(candidates.subList(0, list.entries().size())).isEqualTo(list.entries());
    }

    @Property
    void rebuildingTwiceChangesNothing(@ForAll("peers") List<Peer> candidates) {
        SuccessorList once = SuccessorList.empty(Identifier.of(7), 4).rebuilt(candidates);
        assertThat(once.rebuilt(once.entries())).isEqualTo(once);
    }

    @Property
    void aListStopsOnlyForOrderOrLength(@ForAll("peers") List<Peer> candidates) {
        Identifier self = Identifier.of(7);
        SuccessorList list = SuccessorList.empty(self, 3).rebuilt(candidates);
        int size = list.entries().size();
        if (size < candidates.size() && list.processes() < 3) {
            Identifier last = size == 0 ? self : list.entries().get(size - 1).id();
            assertThat(Arc.strictlyBetween(last, candidates.get(size).id(), self))
                    .isFalse();
        }
    }

    @Test
    void theListGrowsUntilItNamesEnoughProcesses() {
        List<Peer> sameHost = List.of(peer(1, 1), peer(2, 1), peer(3, 1), peer(4, 2), peer(5, 3));
        SuccessorList list = SuccessorList.empty(Identifier.of(0), 2).rebuilt(sameHost);
        assertThat(list.entries()).hasSize(4);
        assertThat(list.namesWholeRing()).isFalse();
    }

    @Test
    void theListIsCutAtSelfAndKeepsTheLastRealEntry() {
        SuccessorList list = SuccessorList.empty(Identifier.of(5), 4);
        assertThat(list.rebuilt(List.of(peer(9, 1), peer(2, 2))).entries()).hasSize(2);
        assertThat(list.rebuilt(List.of(peer(9, 1), peer(5, 9), peer(7, 2))).entries())
                .containsExactly(peer(9, 1));
    }

    private record Write(int first, int length, int id) {}

    @Provide
    static Arbitrary<List<Write>> writes() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 15),
                        Arbitraries.integers().between(0, 6),
                        Arbitraries.integers().between(0, 4))
                .as(Write::new)
                .list()
                .ofMaxSize(12);
    }

    @Property
    void aFingerTableIsAMapFromIndexToPeer(@ForAll("writes") List<Write> writes, @ForAll @IntRange(max = 4) int dead) {
        FingerTable table = FingerTable.empty();
        Map<Integer, Peer> model = new HashMap<>();
        for (Write write : writes) {
            table = table.with(write.first(), write.first() + write.length(), peer(write.id(), 0));
            IntStream.rangeClosed(write.first(), write.first() + write.length())
                    .forEach(i -> model.put(i, peer(write.id(), 0)));
        }
        check(table, model);
        model.values().removeIf(p -> p.id().equals(Identifier.of(dead)));
        check(table.without(Identifier.of(dead)), model);
    }

    private static void check(FingerTable table, Map<Integer, Peer> model) {
        for (int i = 0; i < 30; i++) {
            assertThat(table.finger(i)).as("finger %d", i).isEqualTo(Optional.ofNullable(model.get(i)));
        }
        assertThat(table.peers()).doesNotHaveDuplicates();
    }

    @Provide
    static Arbitrary<List<Peer>> youngAndOld() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 31),
                        Arbitraries.integers().between(1, 2))
                .as((id, life) -> new Peer(Identifier.of(id), new Endpoint("h", 1), "z", Identifier.of(id), life))
                .list()
                .ofMaxSize(12);
    }

    // Of all that is known, sorted: the fingers in an order by chance or as they should be, some of the
    // successors among them.
    @Property(tries = 5_000)
    void closestPrecedingNamesMembersBetweenSelfAndKeyClosestFirst(
            @ForAll("youngAndOld") List<Peer> known,
            @ForAll("youngAndOld") List<Peer> near,
            @ForAll boolean sorted,
            @ForAll @IntRange(max = 31) int key,
            @ForAll @IntRange(min = 1, max = 6) int limit) {
        Identifier self = Identifier.of(3);
        List<Peer> pointed = new ArrayList<>(known);
        if (sorted) {
            pointed.sort(Comparator.comparing(p -> distance(self, p)));
        }
        FingerTable fingers = FingerTable.empty();
        for (int i = 0; i < pointed.size(); i++) {
            fingers = fingers.with(2 * i, 2 * i, pointed.get(i));
        }
        List<Peer> clockwise = new ArrayList<>(near);
        clockwise.sort(Comparator.comparing(p -> distance(self, p)));
        RingView alone = RingView.alone(peer(3, 0), 4);
        RingView view =
                alone.withSuccessors(alone.successors().rebuilt(clockwise)).withFingers(fingers);
        for (int twice = 0; twice < 2; twice++) { // the second time it is known whether they are in order
            assertThat(view.closestPreceding(Identifier.of(key), limit))
                    .isEqualTo(closest(view, Identifier.of(key), limit));
        }
    }

    private static List<Peer> closest(RingView view, Identifier key, int limit) {
        TreeMap<Integer, Peer> byDistance = new TreeMap<>(Comparator.reverseOrder());
        Identifier self = view.self().id();
        view.known().stream()
                .filter(p -> Arc.strictlyBetween(self, p.id(), key))
                .forEach(p -> byDistance.merge(distance(self, p), p, (a, b) -> b.supersedes(a) ? b : a));
        return byDistance.values().stream().limit(limit).toList();
    }

    // On a circle of 32 points.
    private static int distance(Identifier from, Peer to) {
        return (int) Math.floorMod(to.id().lowBits() - from.lowBits(), 32L);
    }

    @Property
    void holdersAreTheFirstOfEachProcess(@ForAll("peers") List<Peer> chain, @ForAll @IntRange(min = 1, max = 4) int r) {
        List<Peer> holders = Placement.holders(chain, r);
        assertThat(holders.stream().map(Peer::process)).doesNotHaveDuplicates();
        long processes = chain.stream().map(Peer::process).distinct().count();
        assertThat(holders).hasSize((int) Math.min(r, processes));
        if (!chain.isEmpty()) {
            assertThat(holders.get(0)).isEqualTo(chain.get(0));
        }
    }

    @Test
    void endpointsAreReadAsPeopleWriteThem() {
        assertThat(Endpoint.parse("seed1.example:7450")).isEqualTo(new Endpoint("seed1.example", 7450));
        assertThat(Endpoint.parse("[::1]:80")).hasToString("[::1]:80");
        for (String bad : List.of("host", "host:", ":80", "host:x", "host:0", "host:70000", "::1:80")) {
            assertThatThrownBy(() -> Endpoint.parse(bad)).as(bad).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
