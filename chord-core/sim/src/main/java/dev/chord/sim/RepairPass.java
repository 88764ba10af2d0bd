package dev.chord.sim;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Peer;
import dev.chord.sim.SimulatedStore.Stored;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Goes once through everything a process holds and brings each key to its holders; a leftover is let go once every holder
 * has confirmed its copy, and never while this process speaks for the key.
 */
final class RepairPass {
    private final SimulatedProcess process;
    private final boolean leaving;
    private final Deque<Identifier> keys;
    private final Identifier here;
    private final Set<Peer> silent = new HashSet<>();
    private boolean complete = true;

    /** @param leaving whether the process will be gone, and keeps its copies until then */
    RepairPass(SimulatedProcess process, boolean leaving) {
        this.process = process;
        this.leaving = leaving;
        this.keys = new ArrayDeque<>(process.store().keys());
        this.here = process.first().self().process();
    }

    void start(Consumer<Boolean> then) {
        Optional<NodeState> router =
                process.members().stream().filter(s -> s.phase().routes()).findFirst();
        Identifier key = keys.poll();
        if (key == null || router.isEmpty()) {
            then.accept(complete && key == null);
            return;
        }
        process.command(router.get().self().id(), new Command.FindSuccessor(key), outcome -> {
            List<Peer> chain =
                    outcome instanceof Outcome.LookedUp up ? up.result().chain() : List.of();
            move(key, chain, ok -> {
                complete &= ok;
                start(then);
            });
        });
    }

    private void move(Identifier key, List<Peer> chain, Consumer<Boolean> then) {
        Optional<Stored> record = process.store().get(key);
        if (record.isEmpty() || chain.isEmpty()) {
            then.accept(record.isEmpty());
            return;
        }
        int replicas = process.ring().settings().ring().replicas();
        List<Peer> remaining = chain.stream()
                .filter(p -> !leaving || !p.process().equals(here))
                .toList();
        List<Peer> holders = Placement.holders(remaining, replicas);
        List<Peer> others =
                holders.stream().filter(p -> !p.process().equals(here)).toList();
        boolean leftover = !leaving && !Placement.isHolder(here, holders) && holders.size() == replicas;
        int[] left = {others.size(), others.size()};
        if (others.isEmpty()) {
            then.accept(true);
        }
        for (Peer peer : others) {
            supply(peer, Map.of(key, record.get()), ok -> {
                left[1] -= ok ? 1 : 0;
                if (--left[0] == 0) {
                    drop(key, record.get(), leftover && left[1] == 0);
                    then.accept(left[1] == 0);
                }
            });
        }
    }

    // One that did not answer is left for the next pass: it must not hold up what the others lack.
    private void supply(Peer peer, Map<Identifier, Stored> copy, Consumer<Boolean> then) {
        if (silent.contains(peer)) {
            process.ring().simulation().after(0, () -> process.run(() -> then.accept(false)));
            return;
        }
        new SimulatedRecords.Copying(peer, Optional.empty(), copy, 0).start(process, ok -> {
            if (!ok) {
                silent.add(peer);
            }
            then.accept(ok);
        });
    }

    private void drop(Identifier key, Stored record, boolean allowed) {
        boolean agreed = process.ring().settings().quorum()
                && process.records().tenures().names(key);
        boolean changing = process.records().arcs().kept();
        if (allowed && !agreed && !changing && process.records().owner(key).isEmpty()) {
            process.store().drop(key, record);
        }
    }
}
