package dev.chord.core.blocks;

import dev.chord.core.blocks.BlockHost.Name;
import dev.chord.core.blocks.BlockHost.Need;
import dev.chord.core.id.Arc;
import dev.chord.core.protocol.NodeState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Speaks for the blocks that the names owned here need. Nobody counts references: each owner of names says
 * now and then to the holders of their blocks that these are needed, and a block for which nobody has said so
 * for a lease goes. When a name is removed, or comes to stand for something else, its old blocks are
 * condemned: their lease becomes short, but long enough for every other name that needs them to say so. An
 * upload that shares blocks with a deleted file renews them by putting them. Belongs to one engine.
 */
final class NameNeeds {
    private static final int CHANGES = 100_000;
    private static final int TRIES = 10;

    private final BlockEngine engine;
    private Deque<Change> changes = new ArrayDeque<>();
    private Deque<Change> again = new ArrayDeque<>();
    private boolean settling;
    private boolean speaking;
    private Optional<Long> settledSince = Optional.empty();

    /** What a name stood for and stands for; how often that could not be told to everybody. */
    private record Change(String name, Optional<Need> before, Optional<Need> now, int failures) {}

    NameNeeds(BlockEngine engine) {
        this.engine = engine;
    }

    /**
     * A name that is owned here stands for something else now: what it stood for is condemned at the next
     * {@link #settle}.
     */
    void replaced(String name, Optional<Need> before, Optional<Need> now) {
        add(new Change(name, before, now, 0));
    }

    // What is forgotten here stays for a lease.
    private void add(Change change) {
        if (change.failures() <= TRIES && changes.size() < CHANGES) {
            changes.add(change);
        }
    }

    /**
     * Condemns what names stood for, and then speaks for what they stand for now; not while that is going
     * on already.
     */
    void settle(Runnable then) {
        if (settling || changes.isEmpty()) {
            then.run();
            return;
        }
        settling = true;
        Deque<Change> batch = changes;
        changes = new ArrayDeque<>();
        List<Need> condemned = new ArrayList<>();
        Map<String, Need> current = new LinkedHashMap<>();
        for (Change change : batch) {
            current.remove(change.name());
            change.now().ifPresent(need -> current.put(change.name(), need));
            change.before()
                    .filter(old -> change.now()
                            .filter(now -> now.content().equals(old.content()))
                            .isEmpty())
                    .ifPresent(condemned::add);
        }
        new Telling(engine, true).tell(condemned, toldAll -> {
            for (Change change : batch) {
                if (change.failures() == 0 || !toldAll) {
                    again.add(new Change(change.name(), change.before(), change.now(), change.failures() + 1));
                }
            }
            new Telling(engine, false).tell(current.values(), all -> {
                settling = false;
                then.run();
            });
        });
    }

    /**
     * Speaks for every name owned here, and then lets go of what nobody here or elsewhere has spoken for.
     * Leases run only while this process is a settled member: one that was away does not let go of what
     * nobody could renew.
     *
     * @param then told how many blocks went
     */
    void round(Consumer<Integer> then) {
        if (!isSettled()) {
            settledSince = Optional.empty();
            then.accept(0);
            return;
        }
        if (speaking) {
            then.accept(0);
            return;
        }
        speaking = true;
        // A round that had read the name before it changed may have spoken for the blocks after they
        // were condemned.
        Deque<Change> once = again;
        again = new ArrayDeque<>();
        once.forEach(this::add);
        settle(() -> speak(() -> {
            speaking = false;
            long now = engine.host().now();
            long since = settledSince.orElse(now);
            settledSince = Optional.of(now);
            engine.holder().reclaim(now - since, then);
        }));
    }

    private boolean isSettled() {
        Collection<NodeState> members = engine.host().members();
        return members.stream().anyMatch(s -> s.phase().routes())
                && members.stream().allMatch(s -> s.ownership().settled().isPresent());
    }

    private void speak(Runnable then) {
        Deque<Arc> owned = new ArrayDeque<>();
        engine.host().members().forEach(s -> s.ownership().settled().ifPresent(owned::add));
        arcs(owned, new Telling(engine, false), then);
    }

    private void arcs(Deque<Arc> owned, Telling telling, Runnable then) {
        if (owned.isEmpty()) {
            then.run();
        } else {
            pages(owned.remove(), "", telling, () -> arcs(owned, telling, then));
        }
    }

    private void pages(Arc arc, String after, Telling telling, Runnable then) {
        engine.host().names(arc, after, found -> {
            List<Name> page = found.orElse(List.of());
            if (page.isEmpty()) {
                then.run();
                return;
            }
            String last = page.get(page.size() - 1).label();
            telling.tell(page.stream().map(Name::need).toList(), all -> pages(arc, last, telling, then));
        });
    }
}
