package dev.chord.core.check;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What must hold of a ring, by name (Zave's properties), over a snapshot of its live members. Used by the
 * simulator after every step and by {@code chord ring check} on a real ring.
 */
public final class RingInvariants {
    private RingInvariants() {}

    /** One live member as seen at the instant of the snapshot. */
    public record Snapshot(Peer self, Optional<Peer> predecessor, List<Peer> successors, Optional<Arc> owned) {
        /** A member's own answer. */
        public static Snapshot of(Reply.Neighborhood at) {
            return new Snapshot(at.self(), at.predecessor(), at.successors(), at.owned());
        }
    }

    /** A property that does not hold, and why. */
    public record Violation(String invariant, String detail) {
        @Override
        public String toString() {
            return invariant + ": " + detail;
        }
    }

    /** Safety: must hold at every moment of a ring whose failures keep within the protocol's assumption. */
    public static List<Violation> safety(Collection<Snapshot> members) {
        List<Violation> found = new ArrayList<>();
        NavigableMap<Identifier, Snapshot> live = byId(members);
        for (Snapshot member : live.values()) {
            wellFormed(member).ifPresent(found::add);
            boolean lone = live.size() == 1;
            if (!lone
                    && !member.successors().isEmpty()
                    && bestSuccessor(member, live).isEmpty()) {
                found.add(new Violation("OneLiveSuccessor", member.self() + " has no live successor"));
            }
        }
        if (found.isEmpty()) {
            found.addAll(shape(live));
        }
        found.addAll(owners(live.values()));
        return found;
    }

    /** The ideal state: every pointer is what the oracle says. Empty once a ring has settled. */
    public static List<Violation> ideal(Collection<Snapshot> members, RingSettings settings) {
        List<Violation> found = new ArrayList<>();
        RingOracle oracle = new RingOracle(members.stream().map(Snapshot::self).toList(), settings);
        for (Snapshot member : members) {
            Identifier id = member.self().id();
            List<Identifier> want = oracle.successors(id).stream().map(Peer::id).toList();
            List<Identifier> have = member.successors().stream().map(Peer::id).toList();
            if (!want.equals(have)) {
                found.add(new Violation("IdealSuccessors", id + " has " + have + ", should have " + want));
            }
            Optional<Identifier> before = members.size() == 1
                    ? Optional.empty()
                    : Optional.of(oracle.predecessor(id).id());
            if (!member.predecessor().map(Peer::id).equals(before)) {
                found.add(new Violation(
                        "IdealPredecessor", id + " has " + member.predecessor() + ", should have " + before));
            }
            Arc arc = new Arc(before.orElse(id), id);
            if (!member.owned().equals(Optional.of(arc))) {
                found.add(new Violation(
                        "ArcsTile",
                        id + " owns " + member.owned().map(Arc::toString).orElse("nothing") + " not " + arc));
            }
        }
        return found;
    }

    private static Optional<Violation> wellFormed(Snapshot member) {
        Identifier last = member.self().id();
        for (Peer peer : member.successors()) {
            if (!Arc.strictlyBetween(last, peer.id(), member.self().id())) {
                return Optional.of(
                        new Violation("OrderedSuccessorLists", member.self() + " lists " + member.successors()));
            }
            last = peer.id();
        }
        return Optional.empty();
    }

    private static Optional<Identifier> bestSuccessor(Snapshot member, Map<Identifier, Snapshot> live) {
        return member.successors().stream()
                .map(Peer::id)
                .filter(live::containsKey)
                .findFirst();
    }

    // Exactly one cycle over best successors, in circle order, that everyone reaches.
    private static List<Violation> shape(NavigableMap<Identifier, Snapshot> live) {
        List<Violation> found = new ArrayList<>();
        Set<Identifier> ring = new LinkedHashSet<>();
        Set<Identifier> others = new HashSet<>();
        for (Identifier start : live.keySet()) {
            List<Identifier> cycle = cycleFrom(start, live);
            if (ring.isEmpty()) {
                ring.addAll(cycle);
            } else if (!ring.containsAll(cycle) && others.addAll(cycle)) {
                found.add(new Violation("AtMostOneRing", "a second ring: " + cycle));
            }
        }
        Identifier previous = null;
        int turns = 0;
        List<Identifier> order = new ArrayList<>(ring);
        for (Identifier id : order) {
            turns += previous != null && id.compareTo(previous) < 0 ? 1 : 0;
            previous = id;
        }
        if (turns > 1) {
            found.add(new Violation("OrderedRing", "out of circle order: " + order));
        }
        return found;
    }

    // The cycle that best successors lead to; empty for a member that is just coming in.
    private static List<Identifier> cycleFrom(Identifier start, Map<Identifier, Snapshot> live) {
        Set<Identifier> path = new LinkedHashSet<>();
        Optional<Identifier> at = Optional.of(start);
        while (at.isPresent() && path.add(at.get())) {
            at = Optional.ofNullable(live.get(at.get())).flatMap(member -> bestSuccessor(member, live));
        }
        if (at.isEmpty()) {
            return List.of();
        }
        List<Identifier> steps = new ArrayList<>(path);
        return steps.subList(steps.indexOf(at.get()), steps.size());
    }

    // At most one member speaks for any key.
    private static List<Violation> owners(Collection<Snapshot> members) {
        List<Violation> found = new ArrayList<>();
        List<Snapshot> owning =
                members.stream().filter(m -> m.owned().isPresent()).toList();
        for (int i = 0; i < owning.size(); i++) {
            for (Snapshot other : owning.subList(i + 1, owning.size())) {
                Arc a = owning.get(i).owned().orElseThrow();
                if (a.intersects(other.owned().orElseThrow())) {
                    found.add(new Violation(
                            "OneOwner", owning.get(i).self() + " and " + other.self() + " own keys in common"));
                }
            }
        }
        return found;
    }

    private static NavigableMap<Identifier, Snapshot> byId(Collection<Snapshot> members) {
        TreeMap<Identifier, Snapshot> map = new TreeMap<>();
        members.forEach(m -> map.put(m.self().id(), m));
        return map;
    }
}
