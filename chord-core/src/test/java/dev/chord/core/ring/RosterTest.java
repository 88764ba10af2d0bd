package dev.chord.core.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** A table of all members, against walking round the circle point by point. */
class RosterTest {
    private static final int POINTS = 32;

    private static Peer peer(long id) {
        return new Peer(Identifier.of(id), new Endpoint("n" + id, 1), "z", Identifier.of(id), 1);
    }

    private static Identifier point(long at) {
        return Identifier.of(Math.floorMod(at, POINTS));
    }

    private final List<Peer> members = new ArrayList<>();
    private Roster roster = Roster.NONE;
    private long self;

    private void draw(SplittableRandom random) {
        members.clear();
        self = random.nextInt(POINTS);
        for (long id = 0; id < POINTS; id++) {
            if (id == self || random.nextInt(3) == 0) {
                members.add(peer(id));
            }
        }
        roster = new Roster(PeerSet.of(members), true, Identifier.of(self));
    }

    // All members met on the way from one point to another, both left out.
    private List<Peer> onTheWay(long from, long to) {
        List<Peer> met = new ArrayList<>();
        for (long at = from + 1; !point(at).equals(point(to)) && at < from + POINTS; at++) {
            Identifier here = point(at);
            members.stream().filter(p -> p.id().equals(here)).forEach(met::add);
        }
        return met;
    }

    @Property(tries = 2_000)
    void neighboursOfAPointAreThoseMetFirst(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        draw(random);
        long at = random.nextInt(POINTS);
        List<Peer> clockwise = onTheWay(at - 1, at + POINTS - 1);
        assertThat(roster.successor(point(at)))
                .isEqualTo(clockwise.isEmpty() ? peer(Math.floorMod(at - 1, POINTS)) : clockwise.get(0));
        List<Peer> after = onTheWay(at, at);
        List<Peer> expected = new ArrayList<>(after);
        members.stream().filter(p -> p.id().equals(point(at))).forEach(expected::add);
        assertThat(roster.after(point(at), POINTS)).isEqualTo(expected);
        assertThat(roster.after(point(at), 2)).isEqualTo(expected.subList(0, Math.min(2, expected.size())));
        assertThat(roster.predecessor(point(at)))
                .isEqualTo(after.isEmpty() ? expected.get(0) : after.get(after.size() - 1));
    }

    @Property(tries = 2_000)
    void theClosestBeforeAKeyAreTheLastOnTheWayThere(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        draw(random);
        long key = random.nextInt(POINTS);
        List<Peer> way = new ArrayList<>(onTheWay(self, key));
        Collections.reverse(way);
        RingView view = RingView.alone(peer(self), 2).withRoster(roster);
        assertThat(view.closestPreceding(point(key), 4)).isEqualTo(way.subList(0, Math.min(4, way.size())));
    }

    /**
     * Whoever is told passes on what lies between itself and the next one told: so everyone is told,
     * and once.
     */
    @Property(tries = 2_000)
    void partsThatDoubleReachEveryoneOnce(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        draw(random);
        long to = random.nextInt(POINTS);
        List<Peer> told = new ArrayList<>();
        tell(self, to, told);
        assertThat(told).containsExactlyInAnyOrderElementsOf(onTheWay(self, to));
        assertThat(roster.everDoubling(point(self), point(to)))
                .as("few of each one")
                .hasSizeLessThanOrEqualTo(6);
    }

    private void tell(long from, long to, List<Peer> told) {
        List<Peer> next = roster.everDoubling(point(from), point(to));
        for (int i = 0; i < next.size(); i++) {
            long id = next.get(i).id().lowBits();
            told.add(next.get(i));
            tell(id, i + 1 < next.size() ? next.get(i + 1).id().lowBits() : to, told);
        }
    }

    @Property(tries = 2_000)
    void aNewNeighbourhoodLeavesNobodyInBetween(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        draw(random);
        Peer peer = peer(random.nextInt(POINTS));
        Identifier to = point(random.nextInt(POINTS));
        Roster next = roster.adjacent(peer, to);
        List<Peer> expected = new ArrayList<>(members);
        if (!expected.contains(peer)) {
            expected.add(peer);
        }
        expected.removeIf(p -> Arc.strictlyBetween(peer.id(), p.id(), to));
        expected.sort((a, b) -> a.id().compareTo(b.id()));
        assertThat(next.peers()).isEqualTo(PeerSet.of(expected));
    }
}
