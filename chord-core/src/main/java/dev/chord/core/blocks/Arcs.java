package dev.chord.core.blocks;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Who comes after keys, as one round of work has found it out; a new one for each round, so that whoever has
 * come into a chain since is heard of. Belongs to one engine.
 */
final class Arcs {
    private final BlockHost host;
    private final TreeMap<Identifier, Found> known = new TreeMap<>(); // by where each arc ends

    /**
     * An arc of one owner.
     *
     * @param chain the owner and the members after it
     */
    record Found(Arc arc, List<Peer> chain) {}

    Arcs(BlockHost host) {
        this.host = host;
    }

    /** Finds the arc in which a key lies; empty: nobody was found. */
    void find(Identifier key, Consumer<Optional<Found>> then) {
        Optional<Found> before = Optional.ofNullable(known.ceilingEntry(key))
                .or(() -> Optional.ofNullable(known.firstEntry()))
                .map(Map.Entry::getValue)
                .filter(found -> found.arc().contains(key));
        if (before.isPresent()) {
            then.accept(before);
            return;
        }
        Optional<NodeState> router =
                host.members().stream().filter(s -> s.phase().routes()).findFirst();
        if (router.isEmpty()) {
            then.accept(Optional.empty());
            return;
        }
        host.command(router.get().self().id(), new Command.FindSuccessor(key), outcome -> then.accept(noted(outcome)));
    }

    private Optional<Found> noted(Outcome outcome) {
        if (!(outcome instanceof Outcome.LookedUp up) || up.result().chain().isEmpty()) {
            return Optional.empty();
        }
        Optional<Found> found =
                up.result().arc().map(arc -> new Found(arc, up.result().chain()));
        found.ifPresent(f -> known.put(f.arc().to(), f));
        return found;
    }
}
