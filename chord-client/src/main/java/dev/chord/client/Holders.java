package dev.chord.client;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.AnswerChecks;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.GiveUpRequest;
import dev.chord.proto.v1.GivenUp;
import dev.chord.proto.v1.ListRefusedReply;
import dev.chord.proto.v1.ListRefusedRequest;
import dev.chord.proto.v1.RecordServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Those who keep the names of the ring. Each new set of holders is agreed on by those before it; where too
 * few of these are in reach names are refused until they come back, or are given up.
 */
public final class Holders {
    private static final Duration STEP = Duration.ofSeconds(5);

    private final PeerChannels channels;
    private final Topology topology;

    Holders(PeerChannels channels, Topology topology) {
        this.channels = channels;
        this.topology = topology;
    }

    /**
     * Names that are refused.
     *
     * @param owner whoever would answer for them
     * @param missing holders of before that do not answer; empty: agreeing is under way, or nobody in reach
     *     knows who kept them
     */
    public record Refused(Peer owner, Arc arc, List<Peer> missing) {}

    /** What is refused now, as each member that answers says. */
    public List<Refused> refused() {
        return refused(topology.members());
    }

    /** The same of members that were found. */
    public List<Refused> refused(Collection<Topology.Member> members) {
        return ask(members).stream()
                .flatMap(reply -> reply.getArcsList().stream())
                .map(arc -> new Refused(
                        WireCodec.in(arc.getOwner()), WireCodec.in(arc.getArc()), WireCodec.in(arc.getMissingList())))
                .toList();
    }

    private List<ListRefusedReply> ask(Collection<Topology.Member> members) {
        List<ListRefusedReply> replies = new ArrayList<>();
        for (Peer peer : processes(members)) {
            try {
                replies.add(
                        AnswerChecks.refused(channels.stub(RecordServiceGrpc::newBlockingStub, peer.endpoint(), STEP)
                                .listRefused(ListRefusedRequest.getDefaultInstance())));
            } catch (StatusRuntimeException | MalformedMessageException e) {
                // who does not answer is among the members, and told of there
            }
        }
        return replies;
    }

    // One member of each process that answers.
    private static Collection<Peer> processes(Collection<Topology.Member> members) {
        Map<Identifier, Peer> processes = new TreeMap<>();
        members.stream()
                .filter(m -> m.view().isPresent())
                .forEach(m -> processes.putIfAbsent(m.peer().process(), m.peer()));
        return processes.values();
    }

    /**
     * What became of it.
     *
     * @param processes those nobody waits for any more
     * @param told the members that know now
     * @param untold those that do not, and why; they hear of it when they next ask the others
     */
    public record Outcome(List<Peer> processes, List<Peer> told, Map<Peer, String> untold) {}

    /**
     * Says of processes that they are gone for good: nobody waits for them any more. What they alone kept is
     * lost, and they must not be started again with the same data.
     *
     * @param named each by address, or by the beginning of its identifier; of those that are waited for
     * @throws ChordException USAGE if nothing waits for one of them, or it answers after all; then nothing
     *     has changed
     */
    public Outcome giveUp(Collection<String> named) {
        List<Topology.Member> members = topology.members();
        List<ListRefusedReply> replies = ask(members);
        Map<Identifier, Peer> missing = new TreeMap<>();
        replies.stream()
                .flatMap(reply -> reply.getArcsList().stream())
                .flatMap(arc -> WireCodec.in(arc.getMissingList()).stream())
                .forEach(peer -> missing.put(peer.process(), peer));
        List<Peer> gone =
                named.stream().flatMap(name -> meant(name, missing).stream()).toList();
        Collection<Peer> answering = processes(members);
        gone.forEach(peer -> refuseIfItAnswers(peer, answering));
        long epoch =
                replies.stream().mapToLong(ListRefusedReply::getEpoch).max().orElse(0);
        GiveUpRequest request = GiveUpRequest.newBuilder()
                .addAllProcesses(gone.stream()
                        .map(peer -> GivenUp.newBuilder()
                                .setProcess(WireCodec.out(peer.process()))
                                .setEpoch(epoch)
                                .build())
                        .toList())
                .build();
        List<Peer> told = new ArrayList<>();
        Map<Peer, String> untold = new TreeMap<>((a, b) -> a.id().compareTo(b.id()));
        for (Peer peer : answering) {
            try {
                channels.stub(RecordServiceGrpc::newBlockingStub, peer.endpoint(), STEP)
                        .giveUp(request);
                told.add(peer);
            } catch (StatusRuntimeException e) {
                untold.put(
                        peer,
                        String.valueOf(WireErrors.fromStatus(e, peer.endpoint()).getMessage()));
            }
        }
        return new Outcome(gone, told, untold);
    }

    private static List<Peer> meant(String name, Map<Identifier, Peer> missing) {
        List<Peer> found = missing.values().stream()
                .filter(peer -> peer.endpoint().toString().equals(name)
                        || name.length() >= 4 && peer.process().toHex().startsWith(name))
                .toList();
        if (found.isEmpty()) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "nothing waits for " + name,
                    "'chord ring check' names the processes that are waited for");
        }
        return found;
    }

    private static void refuseIfItAnswers(Peer peer, Collection<Peer> answering) {
        Optional<Peer> alive = answering.stream()
                .filter(p -> p.process().equals(peer.process()))
                .findAny();
        if (alive.isPresent()) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    alive.get() + " answers: it is not gone",
                    "find out why the others do not reach it, or let it leave with 'chord leave'");
        }
    }
}
