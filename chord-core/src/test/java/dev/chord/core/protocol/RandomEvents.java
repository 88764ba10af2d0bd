package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Any event for any state, on a circle of 16 points: replies that fit nothing, peers that lie, wrong ids. */
final class RandomEvents {
    private RandomEvents() {}

    private static Identifier id(SplittableRandom random) {
        return Identifier.of(random.nextInt(16));
    }

    static Peer peer(SplittableRandom random) {
        int id = random.nextInt(16);
        Endpoint endpoint = new Endpoint("h" + random.nextInt(20), 1);
        return new Peer(Identifier.of(id), endpoint, "z", Identifier.of(id / 2), random.nextInt(3));
    }

    private static List<Peer> peers(SplittableRandom random) {
        List<Peer> result = new ArrayList<>();
        for (int n = random.nextInt(6); n > 0; n--) {
            result.add(peer(random));
        }
        return result;
    }

    private static Optional<Peer> maybe(SplittableRandom random) {
        return random.nextInt(3) == 0 ? Optional.empty() : Optional.of(peer(random));
    }

    private static Reply.Neighborhood neighborhood(SplittableRandom random, Peer about) {
        Phase phase = random.nextInt(3) != 0 ? Phase.MEMBER : Phase.values()[random.nextInt(Phase.values().length)];
        return new Reply.Neighborhood(
                about,
                phase,
                maybe(random),
                peers(random),
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextBoolean() ? Optional.empty() : Optional.of(new Arc(id(random), id(random))),
                random.nextInt(50) - 5);
    }

    private static Reply reply(SplittableRandom random, NodeState state) {
        List<Peer> known = new ArrayList<>(state.view().successors().entries());
        state.view().predecessor().ifPresent(known::add);
        known.addAll(state.remembered().values());
        Peer about = known.isEmpty() || random.nextInt(4) == 0 ? peer(random) : known.get(random.nextInt(known.size()));
        return switch (random.nextInt(7)) {
            case 0 -> new Reply.Ack();
            case 1 -> new Reply.Refused("no");
            case 2, 3 -> new Reply.Step(neighborhood(random, about), peers(random));
            case 4 -> new Reply.Members(peers(random));
            default -> neighborhood(random, about);
        };
    }

    private static Request request(SplittableRandom random) {
        return switch (random.nextInt(9)) {
            case 0 -> new Request.Ping();
            case 1 -> new Request.GetNeighborhood();
            case 2 -> new Request.FindStep(id(random), random.nextInt(40) - 10);
            case 3 -> new Request.JoinThrough(peer(random));
            case 4 -> new Request.PrepareLeave(random.nextBoolean(), random.nextBoolean());
            case 5 -> new Request.Departing(maybe(random), peers(random));
            case 6 -> new Request.ListMembers(random.nextInt(40) - 10);
            case 7 -> new Request.Announce(peer(random), id(random), id(random));
            default -> new Request.Notify(peer(random));
        };
    }

    private static Optional<Peer> asker(SplittableRandom random, NodeState state) {
        return random.nextInt(3) == 0 ? state.view().predecessor() : maybe(random);
    }

    private static Command command(SplittableRandom random) {
        return switch (random.nextInt(10)) {
            case 0 -> new Command.Found(1);
            case 1, 2 ->
                new Command.Join(peers(random).stream().map(Peer::endpoint).toList());
            case 3 -> new Command.Recover(peers(random));
            case 4 -> new Command.FindSuccessor(id(random));
            case 5 -> new Command.Leave();
            case 6 -> new Command.CancelLeave();
            case 7 -> new Command.Depart();
            case 8 -> new Command.StartGiving(new Arc(id(random), id(random)), peer(random), random.nextBoolean());
            default -> random.nextInt(4) == 0 ? new Command.Renounce() : new Command.StopGiving(random.nextBoolean());
        };
    }

    /** @param number of the event: the one of a command, if it is one */
    static Event event(SplittableRandom random, NodeState state, int number) {
        List<Long> pending = new ArrayList<>(state.pending().keys());
        long request = pending.isEmpty() || random.nextInt(10) == 0
                ? random.nextInt(100)
                : pending.get(random.nextInt(pending.size()));
        return switch (random.nextInt(12)) {
            case 0, 1 -> new Event.Tick(Event.Timer.values()[random.nextInt(3)]);
            case 2, 3 -> new Event.Received(random.nextLong(), asker(random, state), request(random));
            case 4 -> new Event.Failed(request, new Event.Failure("x", random.nextBoolean()));
            case 5 -> new Event.Asked(number, command(random));
            case 6 ->
                new Event.ArcTaken(
                        state.taking().map(NodeState.Taking::attempt).orElse(3L),
                        Event.TakeOutcome.values()[random.nextInt(4)],
                        random.nextInt(5));
            default -> new Event.Answered(request, reply(random, state));
        };
    }
}
