package dev.chord.core.records;

import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Whom a member asks next for the holders of an arc when none of its acquaintances knows them: the ring, a
 * stretch at a time, each time where the last one ended, so that in the end everybody has been asked and no
 * single try costs much. Belongs to one engine.
 */
final class HolderSearch {
    private final Calls calls;
    private final Map<Identifier, Identifier> ends = new TreeMap<>(); // of the stretch before, by member

    HolderSearch(Calls calls) {
        this.calls = calls;
    }

    /** Finds the next stretch; none: the ring does not answer now, which is no reason to leave it out. */
    void next(NodeState now, Consumer<List<Peer>> then) {
        Identifier member = now.self().id();
        Identifier end = ends.computeIfAbsent(
                member,
                nowhere -> now.view().successors().entries().stream()
                        .reduce((nearer, farther) -> farther)
                        .orElse(now.self())
                        .id());
        calls.after(now.settings().circle().fingerStart(end, 0), stretch -> {
            stretch.stream().reduce((nearer, farther) -> farther).ifPresent(last -> ends.put(member, last.id()));
            then.accept(stretch.stream()
                    .filter(peer -> !peer.process().equals(now.self().process()))
                    .toList());
        });
    }
}
