package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.check.RingInvariants;
import dev.chord.core.check.RingOracle;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Chord;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.protocol.Transition;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A ring of real states in which every message waits until the seed says that it is delivered: so messages of
 * different members overtake each other. Arcs change hands as they would between processes, without records.
 */
public final class TestRing {
    private final RingSettings settings;
    private final SplittableRandom random;
    private final Map<Endpoint, NodeState> members = new TreeMap<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private final Map<Long, Outcome> outcomes = new TreeMap<>();
    private final Map<Long, Consumer<Reply>> replies = new TreeMap<>();
    private final Map<Long, Consumer<Outcome>> finishes = new TreeMap<>();
    private final Set<Endpoint> apart = new TreeSet<>();
    private final Set<List<Endpoint>> oneWay = new HashSet<>();
    private Consumer<String> narrator = line -> {};
    private final StringBuilder trace = new StringBuilder();
    private long nextTicket = 1;
    private long nextCommand = 1;

    private record Waiting(Endpoint sender, Runnable arrival) {}

    public TestRing(RingSettings settings, long seed) {
        this.settings = settings;
        this.random = new SplittableRandom(seed);
    }

    public static Peer peer(long id, long incarnation) {
        Identifier identifier = Identifier.of(id);
        return new Peer(identifier, new Endpoint("n" + id + "-" + incarnation, 1), "z", identifier, incarnation);
    }

    public NodeState state(Peer peer) {
        return members.get(peer.endpoint());
    }

    public Collection<NodeState> states() {
        return members.values();
    }

    public String trace() {
        return trace.toString();
    }

    /** Is told each message as it arrives. */
    public void narrate(Consumer<String> to) {
        narrator = to;
    }

    /** A settled ring of these. */
    public void startIdeal(List<Peer> peers) {
        RingOracle oracle = new RingOracle(peers, settings);
        peers.forEach(p -> members.put(p.endpoint(), oracle.state(p)));
    }

    public void start(Peer peer) {
        members.put(peer.endpoint(), NodeState.outside(peer, settings));
    }

    public long command(Peer peer, Command command) {
        long id = nextCommand++;
        deliver(peer.endpoint(), new Event.Asked(id, command));
        return id;
    }

    public Optional<Outcome> outcome(long command) {
        return Optional.ofNullable(outcomes.get(command));
    }

    public void crash(Peer peer) {
        members.remove(peer.endpoint());
    }

    /** Delivers one waiting message, or lets one timer of one member fire. */
    public void step() {
        if (!waiting.isEmpty() && random.nextInt(8) != 0) {
            waiting.remove(random.nextInt(waiting.size())).arrival().run();
        } else {
            tick();
        }
    }

    private void tick() {
        List<Endpoint> all = new ArrayList<>(members.keySet());
        if (!all.isEmpty()) {
            Event.Timer timer = Event.Timer.values()[random.nextInt(Event.Timer.values().length)];
            deliver(all.get(random.nextInt(all.size())), new Event.Tick(timer));
        }
    }

    /** Rounds: every timer of every member fires, then everything is delivered. */
    public void rounds(int count) {
        for (int i = 0; i < count; i++) {
            for (Endpoint endpoint : List.copyOf(members.keySet())) {
                for (Event.Timer timer : Event.Timer.values()) {
                    deliver(endpoint, new Event.Tick(timer));
                }
            }
            settle();
        }
    }

    public void settle() {
        int budget = 200_000;
        while (!waiting.isEmpty() && budget-- > 0) {
            waiting.remove(random.nextInt(waiting.size())).arrival().run();
        }
        assertThat(waiting).as("messages never end").isEmpty();
    }

    /** Delivers everything in the order in which it was sent, but for what these members send. */
    public void settleInOrder(Set<Endpoint> held) {
        for (int budget = 200_000; budget > 0; budget--) {
            Optional<Waiting> next =
                    waiting.stream().filter(w -> !held.contains(w.sender())).findFirst();
            if (next.isEmpty()) {
                return;
            }
            waiting.remove(next.get());
            next.get().arrival().run();
        }
        throw new AssertionError("messages never end");
    }

    /** Lets a timer of one member fire. */
    public void tick(Peer peer, Event.Timer timer) {
        deliver(peer.endpoint(), new Event.Tick(timer));
    }

    public List<RingInvariants.Snapshot> snapshots() {
        return members.values().stream()
                .filter(s -> s.phase() == Phase.MEMBER)
                .map(s -> new RingInvariants.Snapshot(
                        s.self(),
                        s.view().predecessor(),
                        s.view().successors().entries(),
                        s.ownership().settled()))
                .toList();
    }

    private void deliver(Endpoint to, Event event) {
        NodeState state = members.get(to);
        if (state == null) {
            return;
        }
        trace.append(to).append(' ').append(event).append('\n');
        Transition transition = Chord.step(state, event);
        members.put(to, transition.state());
        WellFormed.check(transition.state());
        transition.actions().forEach(action -> act(to, transition.state().self(), action));
    }

    private void act(Endpoint from, Peer self, Action action) {
        if (action instanceof Action.Send send) {
            wait(from, () -> transmit(from, self, send));
        } else if (action instanceof Action.Respond respond) {
            var reply = replies.remove(respond.ticket());
            if (reply != null) {
                wait(from, () -> reply.accept(respond.reply()));
            }
        } else if (action instanceof Action.Finish finish) {
            outcomes.put(finish.commandId(), finish.outcome());
            var then = finishes.remove(finish.commandId());
            if (then != null) {
                then.accept(finish.outcome());
            }
        } else if (action instanceof Action.TakeArc take) {
            wait(from, () -> take(from, self, take, 0, false));
        }
    }

    private void transmit(Endpoint from, Peer self, Action.Send send) {
        NodeState target = members.get(send.to());
        boolean there = target != null
                && reaches(from, send.to())
                && send.target().map(target.self().id()::equals).orElse(true);
        narrator.accept(StoryText.of(self, send, there));
        if (!there) {
            deliver(from, new Event.Failed(send.requestId(), new Event.Failure("no answer", false)));
            return;
        }
        long ticket = nextTicket++;
        Peer asked = target.self();
        replies.put(ticket, reply -> {
            NodeState asker = members.get(from);
            if (asker != null && asker.self().equals(self)) { // not another life of it
                narrator.accept(StoryText.of(asked, self, reply));
                deliver(from, new Event.Answered(send.requestId(), reply));
            }
        });
        deliver(send.to(), new Event.Received(ticket, Optional.of(self), send.request()));
    }

    /** Cuts the network: messages pass only between members on the same side. */
    public void cut(Collection<Peer> oneSide) {
        apart.clear();
        oneSide.forEach(p -> apart.add(p.endpoint()));
    }

    /** What one sends to the other is lost, or no longer. */
    public void cut(Peer from, Peer to, boolean lost) {
        List<Endpoint> way = List.of(from.endpoint(), to.endpoint());
        if (lost) {
            oneWay.add(way);
        } else {
            oneWay.remove(way);
        }
    }

    private boolean reaches(Endpoint from, Endpoint to) {
        return apart.contains(from) == apart.contains(to) && !oneWay.contains(List.of(from, to));
    }

    private void wait(Endpoint sender, Runnable arrival) {
        waiting.add(new Waiting(sender, arrival));
    }

    // Asks one source after the other, as the node does.
    private void take(Endpoint from, Peer self, Action.TakeArc take, int index, boolean released) {
        if (!members.containsKey(from)) {
            return;
        }
        if (index == take.sources().size()) {
            boolean settled = take.sources().isEmpty()
                    || Optional.ofNullable(members.get(take.sources().get(0).endpoint()))
                            .map(s -> s.ownership().settled().isPresent())
                            .orElse(true);
            Event.TakeOutcome outcome = released
                    ? Event.TakeOutcome.RELEASED
                    : settled ? Event.TakeOutcome.UNOWNED : Event.TakeOutcome.UNSETTLED;
            deliver(from, new Event.ArcTaken(take.attempt(), outcome, 1));
            return;
        }
        Peer source = take.sources().get(index);
        boolean reachable = members.containsKey(source.endpoint()) && reaches(from, source.endpoint());
        if (!reachable && index == 0) {
            wait(from, () -> deliver(from, new Event.ArcTaken(take.attempt(), Event.TakeOutcome.FAILED, 1)));
            return;
        }
        if (!reachable) {
            wait(from, () -> take(from, self, take, index + 1, released));
            return;
        }
        long command = nextCommand++;
        finishes.put(command, outcome -> {
            if (outcome instanceof Outcome.Giving giving) {
                boolean given = giving.arc().isPresent();
                if (given) {
                    command(source, new Command.StopGiving(true));
                }
                wait(from, () -> take(from, self, take, index + 1, released || given));
            } else {
                wait(from, () -> deliver(from, new Event.ArcTaken(take.attempt(), Event.TakeOutcome.FAILED, 1)));
            }
        });
        deliver(source.endpoint(), new Event.Asked(command, new Command.StartGiving(take.arc(), self, index == 0)));
    }
}
