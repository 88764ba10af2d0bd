package dev.chord.core.blocks;

import dev.chord.core.blocks.BlockHost.Need;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Tells the holders of blocks that a name needs them, or that one which did has been deleted. All of a
 * chain is told: copies beyond the usual number lie further on, and who has none does not mind. Belongs to
 * one engine.
 */
final class Telling {
    private static final int BATCH = 2000;

    private final BlockEngine engine;
    private final boolean condemned;
    private final Arcs arcs;
    private final TreeMap<Identifier, Integer> waiting = new TreeMap<>(); // copies, by block
    private final Set<Identifier> silent = new TreeSet<>(); // processes
    private boolean toldAll = true;

    private record Receiver(Peer peer, int copies) {}

    private record Message(Peer peer, BlockQuestion.Renew question) {}

    Telling(BlockEngine engine, boolean condemned) {
        this.engine = engine;
        this.condemned = condemned;
        this.arcs = new Arcs(engine.host());
    }

    /**
     * Tells of what names need, and told whether everybody has heard of all so far.
     *
     * @param needs what lists the blocks, and what it lists; the chunks of a shared file lie with its sharer
     */
    void tell(Collection<Need> needs, Consumer<Boolean> then) {
        Steps.each(new ArrayDeque<>(needs), this::expand, () -> locate(then));
    }

    private void expand(Need need, Runnable then) {
        waiting.merge(need.content(), need.copies(), Math::max);
        if (need.shared()) {
            then.run();
            return;
        }
        engine.host().chunks(need.content(), chunks -> {
            toldAll &= chunks.isPresent();
            chunks.orElse(List.of()).forEach(digest -> waiting.merge(digest, need.copies(), Math::max));
            then.run();
        });
    }

    private void locate(Consumer<Boolean> then) {
        Map<Receiver, List<Identifier>> told = new LinkedHashMap<>();
        Steps.each(
                new ArrayDeque<>(waiting.keySet()),
                (digest, next) -> locate(digest, told, next),
                () -> Steps.each(messages(told), this::send, () -> then.accept(toldAll)));
    }

    private void locate(Identifier digest, Map<Receiver, List<Identifier>> told, Runnable then) {
        arcs.find(digest, found -> {
            int copies = Objects.requireNonNull(waiting.remove(digest));
            toldAll &= found.isPresent();
            found.ifPresent(f -> f.chain()
                    .forEach(peer -> told.computeIfAbsent(new Receiver(peer, copies), r -> new ArrayList<>())
                            .add(digest)));
            then.run();
        });
    }

    private Deque<Message> messages(Map<Receiver, List<Identifier>> told) {
        Deque<Message> messages = new ArrayDeque<>();
        told.forEach((receiver, digests) -> {
            for (int i = 0; i < digests.size(); i += BATCH) {
                List<Identifier> batch = List.copyOf(digests.subList(i, Math.min(digests.size(), i + BATCH)));
                messages.add(new Message(
                        receiver.peer(),
                        new BlockQuestion.Renew(batch, receiver.copies(), condemned, Identifier.ZERO)));
            }
        });
        return messages;
    }

    private void send(Message message, Runnable then) {
        if (silent.contains(message.peer().process())) {
            toldAll = false;
            then.run();
            return;
        }
        engine.ask(message.peer(), message.question(), lacking -> {
            if (lacking.isEmpty()) {
                silent.add(message.peer().process());
                toldAll = false;
            }
            then.run();
        });
    }
}
