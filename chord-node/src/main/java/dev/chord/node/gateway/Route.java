package dev.chord.node.gateway;

import io.javalin.http.Handler;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One operation of the REST interface: what is served, what is understood and what the OpenAPI document says
 * come from the same list.
 *
 * @param path as Javalin writes it: {@code {x}} without slashes, {@code <x>} with them
 * @param parameters in the query or in headers
 */
record Route(String method, String path, String summary, List<Parameter> parameters, Bodies bodies, Handler handler) {
    /** Schemas of what is no JSON. */
    static final String BYTES = "bytes";

    static final String TEXT = "text";

    /** The schema of a form with one file. */
    static final String FORM = "form";

    /** Something that a caller may say besides the path. */
    record Parameter(String where, String name, String description, String type, boolean required) {
        static Parameter query(String name, String description) {
            return new Parameter("query", name, description, "string", false);
        }

        static Parameter header(String name, String description) {
            return new Parameter("header", name, description, "string", false);
        }

        static Parameter path(String name, String description) {
            return new Parameter("path", name, description, "string", true);
        }

        Parameter whole() {
            return new Parameter(where, name, description, "integer", required);
        }

        Parameter needed() {
            return new Parameter(where, name, description, type, true);
        }
    }

    /**
     * A body.
     *
     * @param schema one of {@link Schemas}, or {@link #BYTES}, {@link #TEXT} or {@link #FORM}
     */
    record Content(String type, String schema) {
        static Content json(String schema) {
            return new Content("application/json", schema);
        }
    }

    /**
     * What goes in and out.
     *
     * @param takes what has to be in the body, in one of these forms; none: there is no body
     * @param gives what a right request can get, by status
     */
    record Bodies(List<Content> takes, Map<Integer, List<Content>> gives) {}

    static Route get(String path, String summary, Handler handler, Parameter... parameters) {
        return of("GET", path, summary, 200, handler, parameters);
    }

    static Route of(String method, String path, String summary, int status, Handler handler, Parameter... parameters) {
        Map<Integer, List<Content>> nothing = Map.of(status, List.of());
        return new Route(method, path, summary, List.of(parameters), new Bodies(List.of(), nothing), handler);
    }

    /** The same with a body in one of these forms, the usual one first. */
    Route takes(Content... forms) {
        return new Route(method, path, summary, parameters, new Bodies(List.of(forms), bodies.gives()), handler);
    }

    /** The same with a JSON object as body. */
    Route takes(String schema) {
        return takes(Content.json(schema));
    }

    /** The same with JSON as the answer. */
    Route gives(String schema) {
        return gives(bodies.gives().keySet().iterator().next(), Content.json(schema));
    }

    /** The same with one more answer; none: one without a body. */
    Route gives(int status, Content... contents) {
        Map<Integer, List<Content>> more = new LinkedHashMap<>(bodies.gives());
        more.put(status, List.of(contents));
        return new Route(method, path, summary, parameters, new Bodies(bodies.takes(), more), handler);
    }

    /** Whether it changes something. */
    boolean writes() {
        return !method.equals("GET") && !method.equals("HEAD");
    }
}
