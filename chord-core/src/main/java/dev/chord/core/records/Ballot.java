package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Whose word a new tenure of arcs needs, as far as is known: that of enough holders of every tenure before it
 * that may be the last. What is heard meanwhile may name others. Not thread-safe.
 */
public final class Ballot {
    private final List<Arc> wanted;
    private final int writeQuorum;
    private final ArcMap<Needs> needs = new ArcMap<>(new Needs(Optional.empty(), Set.of()));
    private final Map<Identifier, Peer> asked = new TreeMap<>();
    private final Set<Identifier> promised = new TreeSet<>();
    private final Map<Identifier, Long> givenUp = new TreeMap<>();

    /** The tenures that have to end: the newest one agreed on, and those after it that may have been. */
    private record Needs(Optional<Tenure> established, Set<Tenure> proposed) {
        Needs with(Claim claim) {
            long known = established.map(Tenure::epoch).orElse(0L);
            boolean newer = claim.established().map(t -> t.epoch() > known).orElse(false);
            Optional<Tenure> newest = newer ? claim.established() : established;
            long since = newest.map(Tenure::epoch).orElse(0L);
            Set<Tenure> later = new LinkedHashSet<>(proposed);
            later.addAll(claim.proposed());
            later.removeIf(t -> t.epoch() <= since);
            return new Needs(newest, later);
        }

        List<Tenure> all() {
            List<Tenure> all = new ArrayList<>(proposed);
            established.ifPresent(all::add);
            return all;
        }
    }

    /** @param writeQuorum how many holders a write has to reach */
    public Ballot(List<Arc> wanted, int writeQuorum) {
        this.wanted = List.copyOf(wanted);
        this.writeQuorum = writeQuorum;
    }

    /** Takes in what somebody claims. */
    public void hear(Collection<ArcMap.Piece<Claim>> claims) {
        claims.forEach(piece -> needs.update(piece.arc(), known -> known.with(piece.value())));
    }

    /** Takes in which processes are gone for good, each as a holder of tenures up to an epoch. */
    public void giveUp(Map<Identifier, Long> processes) {
        processes.forEach((process, epoch) -> givenUp.merge(process, epoch, Math::max));
    }

    private boolean isGivenUp(Tenure tenure, Identifier process) {
        Long until = givenUp.get(process);
        return until != null && until >= tenure.epoch();
    }

    /** Whether of some part nobody has told which tenure it was in. */
    public boolean unknown() {
        return pieces(wanted).stream().anyMatch(p -> p.value().all().isEmpty());
    }

    /** The holders that have to be asked and have not been; they count as asked from now on. */
    public List<Peer> unasked() {
        Map<Identifier, Peer> unasked = new TreeMap<>();
        for (ArcMap.Piece<Needs> piece : pieces(wanted)) {
            piece.value()
                    .all()
                    .forEach(t -> t.holders().stream()
                            .filter(p -> !isGivenUp(t, p.process()))
                            .filter(p -> !asked.containsKey(p.process()))
                            .forEach(p -> unasked.put(p.process(), p)));
        }
        asked.putAll(unasked);
        return List.copyOf(unasked.values());
    }

    /** A holder has promised to serve nothing older. */
    public void promised(Identifier process) {
        promised.add(process);
    }

    /** Where enough have promised. */
    public List<Arc> free() {
        return enough(wanted, promised);
    }

    /** Whether that is everywhere. */
    public boolean isFree() {
        return ended(wanted, promised);
    }

    /**
     * Whether nobody answers reads by a lease any more: each owner that may have one has promised to serve
     * nothing older itself.
     */
    public boolean ownersPromised() {
        return pieces(wanted).stream()
                .flatMap(piece -> piece.value().all().stream())
                .allMatch(t -> promised.contains(t.holders().get(0).process()));
    }

    /** Who has to note the new tenure: all that were asked, and its own holders. */
    public List<Peer> voters(Tenure next) {
        Map<Identifier, Peer> voters = new TreeMap<>(asked);
        next.holders().forEach(p -> voters.put(p.process(), p));
        return List.copyOf(voters.values());
    }

    /** Whether enough of a tenure's own holders have what it takes, and nobody counts one of them as gone. */
    public boolean begins(Tenure next, Set<Identifier> processes) {
        return next.holders().stream().noneMatch(p -> isGivenUp(next, p.process()))
                && count(next, processes) >= Math.max(next.promises(writeQuorum), next.writes(writeQuorum));
    }

    /** Where a tenure has begun, by those who have noted it. */
    public List<Arc> begun(Tenure next, List<Arc> arcs, Set<Identifier> noted) {
        return begins(next, noted) ? enough(arcs, noted) : List.of();
    }

    /** Whether that is everywhere in the arcs. */
    public boolean hasBegun(Tenure next, List<Arc> arcs, Set<Identifier> noted) {
        return begins(next, noted) && ended(arcs, noted);
    }

    private boolean ended(List<Arc> arcs, Set<Identifier> processes) {
        return enough(arcs, processes).size() == pieces(arcs).size();
    }

    // Where of every tenure that has to end there are so many that it has.
    private List<Arc> enough(List<Arc> arcs, Set<Identifier> processes) {
        return pieces(arcs).stream()
                .filter(piece -> !piece.value().all().isEmpty()
                        && piece.value().all().stream().allMatch(t -> ends(t, processes)))
                .map(ArcMap.Piece::arc)
                .toList();
    }

    private boolean ends(Tenure tenure, Set<Identifier> processes) {
        Set<Identifier> left = new TreeSet<>();
        tenure.holders().stream()
                .map(Peer::process)
                .filter(process -> !isGivenUp(tenure, process))
                .forEach(left::add);
        int givenUpHere = tenure.holders().size() - left.size();
        left.retainAll(processes);
        return left.size() >= tenure.promises(writeQuorum, givenUpHere);
    }

    /**
     * The parts that would not be free even if all that answer promised, each with the holders for want of
     * whose word; none: nobody has told who they are.
     *
     * @param answering processes that do, and may not have promised yet
     */
    public List<ArcMap.Piece<List<Peer>>> missing(Set<Identifier> answering) {
        Set<Identifier> there = new TreeSet<>(promised);
        there.addAll(answering);
        List<ArcMap.Piece<List<Peer>>> missing = new ArrayList<>();
        for (ArcMap.Piece<Needs> piece : pieces(wanted)) {
            Map<Identifier, Peer> holders = new TreeMap<>();
            List<Tenure> unended = piece.value().all().stream()
                    .filter(tenure -> !ends(tenure, there))
                    .toList();
            for (Tenure tenure : unended) {
                tenure.holders().stream()
                        .filter(p -> !isGivenUp(tenure, p.process()) && !there.contains(p.process()))
                        .forEach(p -> holders.put(p.process(), p));
            }
            if (piece.value().all().isEmpty() || !unended.isEmpty()) {
                missing.add(new ArcMap.Piece<>(piece.arc(), List.copyOf(holders.values())));
            }
        }
        return missing;
    }

    private static long count(Tenure tenure, Set<Identifier> processes) {
        return tenure.holders().stream()
                .filter(p -> processes.contains(p.process()))
                .count();
    }

    private List<ArcMap.Piece<Needs>> pieces(List<Arc> arcs) {
        return arcs.stream().flatMap(arc -> needs.over(arc).stream()).toList();
    }
}
