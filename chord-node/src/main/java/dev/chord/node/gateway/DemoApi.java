package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.node.ChordNode;
import dev.chord.node.demo.LocalRing;
import io.javalin.http.Context;
import java.util.List;
import java.util.Map;

/** What only a demo lets its visitors do: add nodes to the ring, and kill them. */
final class DemoApi {
    private static final int MAX_NODES = 32;

    private final LocalRing ring;

    DemoApi(LocalRing ring) {
        this.ring = ring;
    }

    List<Route> routes() {
        return List.of(
                Route.get(
                        "/api/v1/demo",
                        "whether this is a demo, and how many nodes it has",
                        context -> Json.answer(
                                context, Map.of("nodes", ring.nodes().size()))),
                Route.of("POST", "/api/v1/demo/nodes", "start one more node", 201, this::add),
                Route.of(
                        "DELETE",
                        "/api/v1/demo/nodes/{id}",
                        "kill a node without a word to the others",
                        204,
                        this::kill));
    }

    private synchronized void add(Context context) {
        if (ring.nodes().size() >= MAX_NODES) {
            throw new ChordException(ErrorCode.CONFLICT, "a demo has at most " + MAX_NODES + " nodes", "kill some");
        }
        context.status(201);
        Json.answer(context, Views.peer(ring.add().self()));
    }

    private synchronized void kill(Context context) {
        String id = context.pathParam("id");
        Identifier member = id.matches("[0-9a-f]{64}") ? Identifier.ofHex(id) : Identifier.ZERO;
        ChordNode node = ring.nodes().stream()
                .filter(n -> n.loop().state(member).isPresent())
                .findFirst()
                .orElseThrow(() -> new ChordException(ErrorCode.NOT_FOUND, "no such node in this demo", ""));
        if (node == ring.nodes().get(0)) {
            throw new ChordException(ErrorCode.CONFLICT, "this is the node that serves the page", "kill another one");
        }
        ring.kill(node);
        context.status(204);
    }
}
